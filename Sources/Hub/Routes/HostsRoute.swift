internal import Database

/// `GET /api/v1/hosts` and `GET /api/v1/hosts/ID`: what the hosts last told.
struct HostsRoute: Sendable {
    let store: HubStore

    func all(_ request: HTTPRequest) throws(DatabaseError) -> HTTPResponse {
        guard request.method == "GET" || request.method == "HEAD" else { return .notAllowed("GET, HEAD") }
        return .json(.array(try store.hosts().map { $0.json(withSteps: false) }))
    }

    func one(_ request: HTTPRequest, _ name: String) throws(DatabaseError) -> HTTPResponse {
        guard request.method == "GET" || request.method == "HEAD" else { return .notAllowed("GET, HEAD") }
        guard let id = try? HostID(name), let state = try store.state(of: id) else { return .notFound }
        return .json(state.json(withSteps: true))
    }
}
