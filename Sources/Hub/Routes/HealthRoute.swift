internal import Database
internal import JSON
internal import Platform

/// `GET /health`: healthy when the databases answer.
struct HealthRoute: Sendable {
    let store: HubStore
    /// Where workspaces lie; strangers are told its last part, which the clients in the field want to see.
    let workDirectory: String

    func answer(_ request: HTTPRequest) throws(DatabaseError) -> HTTPResponse {
        guard request.method == "GET" || request.method == "HEAD" else { return .notAllowed("GET, HEAD") }
        try store.check()
        return .json(
            .object([
                "status": .string("healthy"), "timestamp": .string(Timestamp.now().rfc3339),
                "version": .string(Hub.version), "work_dir": .string(Files.name(of: workDirectory)),
            ]))
    }
}
