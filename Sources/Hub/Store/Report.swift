internal import FoundationEssentials
internal import Platform

/// A report that holds what the hub protocol says and nothing that could hurt the hub or its readers.
struct Report: Sendable, Equatable {
    enum Status: String, Sendable, Decodable {
        case running, done, failed
    }

    /// Why a report is refused: a sentence for the agent's log.
    struct Refusal: Error, Equatable {
        let reason: String
    }

    let hostID: String, runID: String
    let sequence: Int64
    let phase: String
    let percent: Int64
    let status: Status
    let message: String
    /// A JSON array, written out: what comes later keeps and sends it, on threads with small stacks.
    let steps: [UInt8]
    /// The same.
    let events: [UInt8]
    /// When its first event was, as that says.
    private let firstTime: String?
    /// What its last failed step told, if one failed.
    let failure: Failure?

    struct Failure: Sendable, Equatable {
        let error: String, hint: String
    }

    /// Reads and checks a report for a host.
    static func read(_ body: [UInt8], from host: HostID) throws(Refusal) -> Report {
        let wire: WireReport
        do { wire = try JSONDecoder().decode(WireReport.self, from: Data(body)) } catch {
            throw Refusal(reason: sentence(error))
        }
        try wire.check(host: host)
        let events = wire.events ?? []
        return Report(
            hostID: wire.hostID, runID: wire.runID, sequence: wire.sequence, phase: wire.phase ?? "",
            percent: wire.percent, status: wire.status, message: wire.message ?? "",
            steps: JSONValue.array((wire.steps ?? []).map(\.json)).encoded(),
            events: JSONValue.array(events.map { .object($0) }).encoded(), firstTime: events.first?["time"]?.text,
            failure: failure(in: events))
    }

    private static func failure(in events: [[String: JSONValue]]) -> Failure? {
        let event = events.last { event in
            event["event"]?.text == "step_failed" || event["event"]?.text == "run_finished" && event["error"] != nil
        }
        return event.map { Failure(error: $0["error"]?.text ?? "", hint: $0["hint"]?.text ?? "") }
    }

    /// When the run began, as far as one can tell from its first report: the time of the first event in it.
    ///
    /// An event from before 2020 or from the future shows a wrong clock: then it is the moment of arrival.
    func started(receivedAt now: Timestamp) -> Timestamp {
        guard let time = firstTime,
            let date = try? Date.ISO8601FormatStyle(includingFractionalSeconds: time.contains(".")).parse(time)
        else { return now }
        let seconds = date.timeIntervalSince1970
        guard seconds > 1_577_836_800, seconds < Double(now.milliseconds) / 1000 else { return now }
        return Timestamp(milliseconds: Int64((seconds * 1000).rounded()))
    }
}

/// The report as JSON names it.
private struct WireReport: Decodable {
    struct Step: Decodable {
        let id: String
        let status: String
        let durationMilliseconds: Int64?

        enum CodingKeys: String, CodingKey {
            case id, status
            case durationMilliseconds = "duration_ms"
        }

        var json: JSONValue {
            var members: [String: JSONValue] = ["id": .string(id), "status": .string(status)]
            if let durationMilliseconds { members["duration_ms"] = .integer(durationMilliseconds) }
            return .object(members)
        }
    }

    let hostID: String, runID: String
    let sequence: Int64
    let phase: String?
    let percent: Int64
    let status: Report.Status
    let message: String?
    let steps: [Step]?
    let events: [[String: JSONValue]]?

    enum CodingKeys: String, CodingKey {
        case sequence, phase, percent, status, message, steps, events
        case hostID = "host_id"
        case runID = "run_id"
    }

    func check(host: HostID) throws(Report.Refusal) {
        try need(hostID == host.name, "host_id is not the one in the address")
        try need(isName(runID, 200), "run_id has 1 to 200 characters, none of them a control character")
        try need((0...1_000_000_000).contains(sequence), "sequence is 0 to 1000000000")
        try need((0...100).contains(percent), "percent is 0 to 100")
        try need(phase.map { $0.utf8.count <= 100 } ?? true, "phase has at most 100 bytes")
        try need(message.map { $0.utf8.count <= 65536 } ?? true, "message has at most 64 KiB")
        try need(steps.map { $0.count <= 1000 } ?? true, "there are at most 1000 steps")
        for step in steps ?? [] {
            try need(isName(step.id, 200), "a step's id has 1 to 200 characters, none of them a control character")
            try need(isName(step.status, 50), "a step's status has 1 to 50 characters")
            try need(step.durationMilliseconds ?? 0 >= 0, "duration_ms is not negative")
        }
    }

    private func need(_ condition: Bool, _ otherwise: String) throws(Report.Refusal) {
        if !condition { throw Report.Refusal(reason: otherwise) }
    }

    private func isName(_ text: String, _ most: Int) -> Bool {
        !text.isEmpty && text.utf8.count <= most && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
    }
}

private func sentence(_ error: any Error) -> String {
    let (path, problem): ([any CodingKey], String)
    switch error as? DecodingError {
    case .typeMismatch(_, let context): (path, problem) = (context.codingPath, "has the wrong type")
    case .valueNotFound(_, let context): (path, problem) = (context.codingPath, "is null")
    case .keyNotFound(let key, let context): (path, problem) = (context.codingPath + [key], "is missing")
    case .dataCorrupted(let context): (path, problem) = (context.codingPath, "is not valid")
    default: (path, problem) = ([], "is not valid")
    }
    let name = path.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined().drop { $0 == "." }
    return path.isEmpty ? "the body is no JSON report" : "\(name) \(problem)"
}
