internal import Database
internal import JSON
internal import Platform

/// `POST /api/v1/hosts/ID/check-in`: takes how a host stands between runs; on the disk before the answer is sent.
struct CheckInRoute: Sendable {
    let store: HubStore
    let live: LiveUpdates
    let onFailure: @Sendable (Explanation) -> Void

    /// Takes the word of a host whose token was seen by ``ReportRoute/refusal(_:host:)``.
    func answer(_ request: HTTPRequest, host name: String) -> HTTPResponse {
        guard let host = try? HostID(name) else { return .notFound }
        let content: CheckIn.Content
        do throws(Report.Refusal) { content = try WireCheckIn.read(request.body ?? [], from: host) } catch {
            return .refusal(400, "bad_check_in", error.reason)
        }
        let (store, live, onFailure) = (store, live, onFailure)
        return HTTPResponse(
            200, [],
            .deferred { answer in
                Task {
                    do throws(DatabaseError) {
                        try await onOwnThread { () throws(DatabaseError) in try store.keep(content, of: host) }
                        live.took(run: "", from: host) { () throws(DatabaseError) in nil }
                        answer(.json(.object(["accepted": .bool(true)])))
                    } catch {
                        answer(.unavailable(error, onFailure))
                    }
                }
            })
    }
}
