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

    enum CodingKeys: String, CodingKey {
        case sequence, phase, percent, status, message, steps, events
        case hostID = "host_id"
        case runID = "run_id"
    }
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

    /// Nothing has happened since the last report.
    var isEmpty: Bool { events.isEmpty }
    /// The run has ended.
    var isFinal: Bool { status != "running" }

    mutating func take(_ event: Event) {
        events.append(event)
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

    mutating func next() -> Report? {
        guard let first = events.first else { return nil }
        sequence += 1
        defer { events = [] }
        return Report(
            hostID: first.hostID, runID: first.runID, sequence: sequence, phase: phase.rawValue, percent: percent,
            status: status, message: message, steps: steps, events: events)
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
