internal import Database
internal import JSON

/// `GET /api/v1/rollouts` and `GET /api/v1/rollouts/ID`: what goes to whom, and how far it is.
struct RolloutsRoute: Sendable {
    let store: HubStore

    /// So many that have ended are listed, and so many hosts of one that is open are named.
    private static let most = (ended: 20, hosts: 100)

    /// The newest first; the hosts of those that have ended are told with each alone.
    func all(_ request: HTTPRequest) throws(DatabaseError) -> HTTPResponse {
        guard request.method == "GET" || request.method == "HEAD" else { return .notAllowed("GET, HEAD") }
        let rollouts = try store.rollouts()
        let ended = rollouts.filter { !$0.status.isOpen }.prefix(Self.most.ended).map(\.id)
        let listed = rollouts.filter { $0.status.isOpen || ended.contains($0.id) }
        let views = try listed.map { (rollout) throws(DatabaseError) in
            rollout.status.isOpen
                ? try store.view(of: rollout.id)
                : RolloutView(rollout: rollout, hosts: [], next: .standing(rollout))
        }
        return .json(.array(views.compactMap(\.self).map { $0.json(naming: Self.most.hosts) }))
    }

    func one(_ request: HTTPRequest, _ number: String) throws(DatabaseError) -> HTTPResponse {
        guard request.method == "GET" || request.method == "HEAD" else { return .notAllowed("GET, HEAD") }
        guard let id = Int64(number), let view = try store.view(of: id) else { return .notFound }
        return .json(view.json(naming: .max))
    }
}
