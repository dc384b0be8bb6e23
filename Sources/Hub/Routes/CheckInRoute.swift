internal import Database
internal import JSON

/// `POST /api/v1/hosts/ID/check-in`: takes how a host stands between runs; on the disk before the answer is sent.
struct CheckInRoute: Sendable {
    let store: HubStore
    let live: LiveUpdates

    /// Takes the word of a host whose token was seen by ``ReportRoute/refusal(_:host:)``.
    func answer(_ request: HTTPRequest, host name: String) throws(DatabaseError) -> HTTPResponse {
        guard let host = try? HostID(name) else { return .notFound }
        let told: CheckIn.Told
        do throws(Report.Refusal) { told = try WireCheckIn.read(request.body ?? [], from: host) } catch {
            return .refusal(400, "bad_check_in", error.reason)
        }
        try store.keep(told, of: host)
        live.took(run: "", from: host) { () throws(DatabaseError) in nil }
        return .json(.object(["accepted": .bool(true)]))
    }
}
