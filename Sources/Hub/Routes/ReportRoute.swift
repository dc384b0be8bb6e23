internal import Database
internal import JSON
internal import Platform

/// `POST /api/v1/hosts/ID/status`: takes a host's report; on the disk before the answer is sent.
struct ReportRoute: Sendable {
    let proof: HostProof
    let intake: ReportIntake
    let live: LiveUpdates
    let rateLimit: ReportRateLimit
    let metrics: Metrics
    let onFailure: @Sendable (Explanation) -> Void

    /// Why a request is not taken, told by its head alone: a stranger's body is not read.
    func refusal(_ head: HTTPRequest, host name: String) throws(DatabaseError) -> HTTPResponse? {
        guard head.method == "POST" else { return .notAllowed("POST") }
        let isOfStub = head.headers[FailureReport.header.name] == FailureReport.header.value
        if let refusal = try proof.refusal(head, host: name, isReport: !isOfStub) { return refusal }
        // Of a length that is not told, the most that would be taken.
        let length = head.headers["content-length"].flatMap { Int($0) } ?? Hub.bodyLimit
        return rateLimit.wait(for: name, bytes: min(length, Hub.bodyLimit)).map { wait in
            .refusal(429, "too_much", "this host reports more than a host may")
                .adding("Retry-After", "\(wait.components.seconds + 1)")
        }
    }

    /// Takes the report of a host whose token was seen by ``refusal(_:host:)``.
    func answer(_ request: HTTPRequest, host name: String) -> HTTPResponse {
        guard let host = try? HostID(name) else { return .notFound }
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
