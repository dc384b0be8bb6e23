public import Platform

/// How a step ended.
public enum Outcome: Sendable {
    /// The host matched; nothing was done.
    case satisfied
    /// These differences were found and are gone.
    case changed([Difference])
    /// It ended well, and this is lacking all the same; the differences that are gone, if there were any.
    case degraded(Explanation, changed: [Difference])
    /// It failed, or was stopped.
    case failed(StepFailure)
    /// It was never started, for this reason.
    case skipped(String)

    /// The host is as the step wants it.
    var isGood: Bool {
        switch self {
        case .satisfied, .changed, .degraded: true
        case .failed, .skipped: false
        }
    }
}

/// One step's part in a run.
public struct StepReport: Sendable {
    /// The step.
    public let id: StepID
    /// How it ended.
    public let outcome: Outcome
    /// When it began, and how long it took.
    public let startedAt: Timestamp, duration: Duration
    /// The last command it ran, if any.
    public var command: CommandResult?
    /// What a service wrote to its journal.
    public var journal: String?
    /// It began to change the host, even if it then failed.
    public var acted = false
}

/// All that a run did.
public struct RunReport: Sendable {
    /// One report a step, in the graph's order.
    public let steps: [StepReport]
    /// How long the whole took.
    public let duration: Duration
    /// It was told to stop before it had ended well.
    public let wasStopped: Bool
    /// What the host lacks although nothing failed.
    public var shortcomings: [Shortcoming]
    /// What else is to be said of how it ended; nil when the steps say it all.
    public var remark: String?
    /// The steps that it could not have been shorter than.
    public var criticalPath: [CriticalPath.Part] = []

    /// Puts a report together.
    public init(steps: [StepReport], duration: Duration, wasStopped: Bool, remark: String? = nil) {
        self.steps = steps
        self.duration = duration
        self.remark = remark
        self.wasStopped = wasStopped && !steps.allSatisfy(\.endedWell)
        shortcomings = steps.compactMap { step in
            if case .degraded(let reason, _) = step.outcome { Shortcoming(step.id.name, reason) } else { nil }
        }
    }

    /// The steps that changed the host.
    public var changed: [StepID] { steps.filter { !$0.changes.isEmpty }.map(\.id) }

    /// The failures, with the steps that had them.
    public var failures: [(id: StepID, failure: StepFailure)] {
        steps.compactMap { if case .failed(let failure) = $0.outcome { ($0.id, failure) } else { nil } }
    }

    /// Every step ended well.
    public var succeeded: Bool { steps.allSatisfy(\.endedWell) }

    /// One of these steps ended well and lacks something.
    public func lacks(anyOf steps: [any Step]) -> Bool {
        shortcomings.contains { shortcoming in steps.contains { $0.id.name == shortcoming.what } }
    }

    /// How the run stands, for the receipt.
    public var status: Receipt.Status {
        if succeeded { return shortcomings.isEmpty ? .done : .degraded }
        return wasStopped ? .stopped : .failed
    }
}

extension StepReport {
    /// The same step with the words for its failure that only the run's end knows.
    public func failing(_ failure: StepFailure) -> StepReport {
        StepReport(
            id: id, outcome: .failed(failure), startedAt: startedAt, duration: duration, command: command,
            journal: journal, acted: acted)
    }

    var endedWell: Bool { outcome.isGood }

    /// The differences that are gone.
    var changes: [Difference] {
        switch outcome {
        case .changed(let changes), .degraded(_, let changes): changes
        case .satisfied, .failed, .skipped: []
        }
    }
}
