internal import Database
internal import JSON
internal import Platform

/// `GET /health`: healthy when the databases answer.
struct HealthRoute: Sendable {
    let store: HubStore
    /// Where workspaces lie.
    let workDirectory: String

    func answer(_ request: HTTPRequest) throws(DatabaseError) -> HTTPResponse {
        guard request.method == "GET" || request.method == "HEAD" else { return .notAllowed("GET, HEAD") }
        try store.check()
        return .json(
            .object([
                "status": .string("healthy"), "timestamp": .string(Timestamp.now().rfc3339),
                "version": .string(Hub.version), "work_dir": .string(workDirectory),
            ]))
    }
}
