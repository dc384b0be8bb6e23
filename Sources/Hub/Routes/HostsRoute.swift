internal import Database
internal import JSON

/// `GET /api/v1/hosts` and `GET /api/v1/hosts/ID`: what the hosts last told.
struct HostsRoute: Sendable {
    let store: HubStore
    let live: LiveUpdates
    let access: Access

    func all(_ request: HTTPRequest) throws(DatabaseError) -> HTTPResponse {
        guard request.method == "GET" || request.method == "HEAD" else { return .notAllowed("GET, HEAD") }
        return .json(.array(try store.hosts().map { $0.json(withSteps: false) }))
    }

    func one(_ request: HTTPRequest, _ name: String) throws(DatabaseError) -> HTTPResponse {
        guard request.method == "GET" || request.method == "HEAD" else { return .notAllowed("GET, HEAD") }
        guard let id = try? HostID(name), let state = try store.state(of: id) else { return .notFound }
        return .json(state.json(withSteps: true))
    }

    /// `GET /api/v1/events`: all hosts, as they change.
    func fleetEvents(_ request: HTTPRequest) throws(DatabaseError) -> HTTPResponse {
        guard request.method == "GET" else { return .notAllowed("GET") }
        return live.hasRoom ? .events(try live.followFleet(while: access.watch(request))) : tooMany
    }

    /// `GET /api/v1/hosts/ID/events`: one host's state and log, as they change.
    func events(_ request: HTTPRequest, _ name: String) throws(DatabaseError) -> HTTPResponse {
        guard request.method == "GET" else { return .notAllowed("GET") }
        guard live.hasRoom else { return tooMany }
        guard let id = try? HostID(name), let stream = try live.follow(id, while: access.watch(request)) else {
            return .notFound
        }
        return .events(stream)
    }

    private var tooMany: HTTPResponse {
        .refusal(503, "too_many_watch", "\(live.most) watch already; try again").adding("Retry-After", "5")
    }
}
