public import Platform

/// How a step ended.
public enum Outcome: Sendable {
    /// The host matched; nothing was done.
    case satisfied
    /// These differences were found and are gone.
    case changed([Difference])
    /// It failed, or was stopped.
    case failed(StepFailure)
    /// It was never started, for this reason.
    case skipped(String)
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

    /// The steps that changed the host.
    public var changed: [StepID] { steps.compactMap { if case .changed = $0.outcome { $0.id } else { nil } } }

    /// The failures, with the steps that had them.
    public var failures: [(id: StepID, failure: StepFailure)] {
        steps.compactMap { if case .failed(let failure) = $0.outcome { ($0.id, failure) } else { nil } }
    }

    /// Every step ended well.
    public var succeeded: Bool {
        steps.allSatisfy {
            switch $0.outcome {
            case .satisfied, .changed: true
            case .failed, .skipped: false
            }
        }
    }
}
