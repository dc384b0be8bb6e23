internal import FoundationEssentials
internal import JSON
internal import Platform

/// A report that holds what the hub protocol says and nothing that could hurt the hub or its readers.
struct Report: Sendable, Equatable {
    enum Status: String, Sendable {
        case running, done, failed
    }

    /// Why a report is refused: a sentence for the agent's log.
    struct Refusal: Error, Equatable {  // not told: it is the sentence of an answer.
        let reason: String

        /// Refuses unless the condition holds.
        static func unless(_ condition: Bool, _ reason: @autoclosure () -> String) throws(Refusal) {
            if !condition { throw Refusal(reason: reason()) }
        }
    }

    let hostID: String, runID: String
    let sequence: Int64
    let phase: String
    let percent: Int64
    let status: Status
    let message: String
    /// A JSON array: kept and sent as it came, but for white space.
    let steps: [UInt8]
    /// The same.
    let events: [UInt8]
    /// When its first event was, as that says.
    let firstTime: String?
    /// What its last failed step told, if one failed, or the run's end, of what failed or is lacking.
    let failure: Failure?
    /// What a run's first report says of the run itself.
    var run: Run?

    struct Run: Sendable, Equatable {
        /// SHA-256 of the config in hexadecimal digits, and the agent's version.
        let configDigest: String?, agentVersion: String?
        /// Seconds within which another report comes while it goes on; and, when it has ended, the host checks in.
        let heartbeat: Int64?, schedule: Int64?
        /// The host takes its config from another server than the hub.
        var isElsewhere = false
    }

    struct Failure: Sendable, Equatable {
        let error: String, hint: String
    }

    /// Reads and checks a report for a host.
    static func read(_ body: [UInt8], from host: HostID) throws(Refusal) -> Report {
        let wire: WireReport
        do throws(JSONError) { wire = try WireReport.read(body) } catch { throw Refusal(reason: sentence(error)) }
        return try wire.checked(host: host)
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

private func sentence(_ error: JSONError) -> String {
    switch error {
    case .malformed: "the body is no JSON: \(error.explanation.summary)"
    case .value, .unreadable: error.explanation.problem
    }
}
