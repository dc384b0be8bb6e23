internal import Database
internal import Platform

/// `GET /health`: healthy when the database answers.
struct HealthRoute: Sendable {
    let store: HubStore
    /// Where workspaces lie.
    let workDirectory: String

    func answer(_ request: HTTPRequest) throws(DatabaseError) -> HTTPResponse {
        guard request.method == "GET" || request.method == "HEAD" else { return .notAllowed("GET, HEAD") }
        try store.read { (database: inout DatabaseConnection) throws(DatabaseError) in
            _ = try database.row("SELECT count(*) FROM sqlite_schema")
        }
        return .json(
            .object([
                "status": .string("healthy"), "timestamp": .string(Timestamp.now().rfc3339),
                "version": .string(Hub.version), "work_dir": .string(workDirectory),
            ]))
    }
}
