internal import Engine

/// One report to the hub, as the contract's hub protocol has it.
struct Report: Sendable, Codable {
    struct Step: Sendable, Codable, Equatable {
        let id: String
        var status: String
        var durationMilliseconds: Int64?

        enum CodingKeys: String, CodingKey {
            case id, status
            case durationMilliseconds = "duration_ms"
        }
    }

    let hostID: String, runID: String
    let sequence: Int
    let phase: String
    let percent: Int
    let status: String
    let message: String
    let steps: [Step]
    let events: [Event]
    /// In a run's first report: of which config it is, and by which program.
    var configDigest: String?, agentVersion: String?
    /// In the same: a further report comes within so many seconds while the run goes on.
    var heartbeatSeconds: Int?
    /// In the same: when the run has ended, the host looks at itself so often, and tells what it found.
    var scheduleSeconds: Int?
    /// In the same: where its config comes from; nil: from the hub, if from anywhere.
    var configSource: ConfigSource?

    enum CodingKeys: String, CodingKey {
        case sequence, phase, percent, status, message, steps, events
        case hostID = "host_id"
        case runID = "run_id"
        case configDigest = "config_digest"
        case agentVersion = "agent_version"
        case heartbeatSeconds = "heartbeat_seconds"
        case scheduleSeconds = "schedule_seconds"
        case configSource = "config_source"
    }
}

/// Where a host takes its config from that is not its hub's.
public enum ConfigSource: String, Sendable, Codable {
    /// What the hub has for it says nothing about it.
    case elsewhere
}

/// What the hub is told once of a run, besides what happens in it.
public struct ReportedRun: Sendable {
    /// SHA-256 of the config in hexadecimal digits, and the agent's version.
    let configDigest: String, agentVersion: String
    /// How often the host looks at itself; nil when it does not.
    let scheduleSeconds: Int?
    /// Where its config comes from; nil: from the hub, if from anywhere.
    let configSource: ConfigSource?

    /// Names the config, the agent's version, how often the host looks at itself, and where its config comes from.
    public init(configDigest: String, agentVersion: String, scheduleSeconds: Int?, configSource: ConfigSource?) {
        self.configSource = configSource
        self.configDigest = configDigest
        self.agentVersion = agentVersion
        self.scheduleSeconds = scheduleSeconds
    }

    /// While a run goes on, a minute at most lies between two reports.
    static let heartbeat = Duration.seconds(60)
}

/// Makes reports from events; each holds what came since the last one.
///
/// Has no clock and no network.
struct ReportBuilder {
    private var sequence = 0
    private var phase = Phase.preflight
    private var percent = 0
    private var status = "running"
    private var message = ""
    private var steps: [Report.Step] = []
    private var events: [Event] = []
    private var identity: (hostID: String, runID: String)?
    private let run: ReportedRun?

    init(_ run: ReportedRun? = nil) { self.run = run }

    mutating func take(_ event: Event) {
        events.append(event)
        identity = identity ?? (event.hostID, event.runID)
        if let phase = event.phase, order(phase) > order(self.phase) { self.phase = phase }
        percent = max(percent, event.percent ?? 0)
        switch event.event {
        case .stepStarted: set(event, "running")
        case .stepSatisfied: set(event, "satisfied")
        case .stepFinished: set(event, event.status ?? "changed")
        case .stepFailed: set(event, event.status ?? "failed")
        case .stepSkipped: set(event, "skipped")
        case .runFinished: status = ["done", "degraded"].contains(event.status) ? "done" : "failed"
        case .runStarted, .preflight, .stepProgress, .stepRetried: break
        }
        message = sentence(event) ?? message
    }

    /// What is new; with `isDue` also that nothing is, while the run goes on.
    mutating func next(isDue: Bool = false) -> Report? {
        guard let identity, !events.isEmpty || isDue && status == "running" else { return nil }
        sequence += 1
        defer { events = [] }
        var report = Report(
            hostID: identity.hostID, runID: identity.runID, sequence: sequence, phase: phase.rawValue, percent: percent,
            status: status, message: message, steps: steps, events: events)
        if let run, sequence == 1 {
            report.configDigest = run.configDigest
            report.agentVersion = run.agentVersion
            report.heartbeatSeconds = Int(ReportedRun.heartbeat.components.seconds)
            report.scheduleSeconds = run.scheduleSeconds
            report.configSource = run.configSource
        }
        return report
    }

    private mutating func set(_ event: Event, _ status: String) {
        guard let id = event.step?.name else { return }
        let step = Report.Step(id: id, status: status, durationMilliseconds: event.durationMilliseconds)
        if let index = steps.firstIndex(where: { $0.id == id }) { steps[index] = step } else { steps.append(step) }
    }

    private func sentence(_ event: Event) -> String? {
        if event.event == .runFinished, let message = event.message { return message }
        if let error = event.error { return "\(event.step?.name ?? "run"): \(error)" }
        guard let message = event.message else { return event.step.map { "\($0): \(event.event.rawValue)" } }
        return event.step.map { "\($0): \(message)" } ?? message
    }

    private func order(_ phase: Phase) -> Int { Phase.allCases.firstIndex(of: phase) ?? 0 }
}
