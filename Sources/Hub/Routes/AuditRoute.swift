internal import Database
internal import JSON

/// `GET /api/v1/audit`: who did what, the newest last; `?last=N` says how many.
struct AuditRoute: Sendable {
    let store: HubStore

    func answer(_ request: HTTPRequest) throws(DatabaseError) -> HTTPResponse {
        guard request.method == "GET" || request.method == "HEAD" else { return .notAllowed("GET, HEAD") }
        let count = min(max(request.query["last"].flatMap { Int64($0) } ?? 200, 1), 10_000)
        return .json(.array(try store.audit(last: count).map(\.json)))
    }
}
