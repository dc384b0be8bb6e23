internal import Database
internal import JSON
internal import Platform

/// `POST /api/v1/hosts/ID/status`: takes a host's report; on the disk before the answer is sent.
struct ReportRoute: Sendable {
    let store: HubStore
    let intake: ReportIntake
    let live: LiveUpdates
    let metrics: Metrics
    let onFailure: @Sendable (Explanation) -> Void

    func answer(_ request: HTTPRequest, host name: String) throws(DatabaseError) -> HTTPResponse {
        guard request.method == "POST" else { return .notAllowed("POST") }
        guard let token = request.bearerToken.flatMap({ BearerToken($0) }), let owner = try store.host(bearing: token)
        else {
            return .refusal(401, "unauthorized", "send the host's token as Authorization: Bearer TOKEN")
                .adding("WWW-Authenticate", "Bearer")
        }
        guard owner == name, let host = try? HostID(name) else {
            return .refusal(403, "forbidden", "this token belongs to another host")
        }
        let report: Report
        do throws(Report.Refusal) { report = try Report.read(request.body ?? [], from: host) } catch {
            return .refusal(400, "bad_report", error.reason)
        }
        let (intake, live, metrics) = (intake, live, metrics)
        let began = ContinuousClock.now
        return HTTPResponse(
            200, [],
            .deferred { answer in
                intake.keep(report) { kept in
                    switch kept {
                    case .success(let missing):
                        metrics.keptReport(within: ContinuousClock.now - began)
                        live.took(run: report.runID, from: host) { () throws(DatabaseError) in report.events }
                        answer(
                            .json(
                                .object([
                                    "accepted": .bool(true), "missing": .array(missing.map { .integer($0) }),
                                ])))
                    case .failure(let error): answer(.unavailable(error, onFailure))
                    }
                }
            })
    }
}
