public import Platform
internal import Synchronization

/// What a step may tell and remember while it looks and acts.
public final class StepContext: Sendable {
    /// The step.
    public let step: StepID
    /// What the step remembered when it last ended well.
    public let facts: [String: String]

    /// What the receipt says that the step owns; nil when it was never asked.
    public let owned: [OwnedThing]?
    /// The receipt has an entry of the step.
    public let hasRunBefore: Bool
    /// What the receipt says is all that the step owns: it was asked, and nothing was taken away since.
    let ownsAll: Bool

    private struct State {
        var remembered: [String: String]
        var command: CommandResult?
        var journal: String?
        var warnings: [String] = []
        var acted = false
        var ownedThings: [OwnedThing]?
        var kept: [String: String] = [:]
        var shortcoming: (reason: Explanation, what: Set<String>)?
    }
    private let state: Mutex<State>
    private let log: EventLog?

    /// Makes a context; without a log it tells nobody, as when planning.
    public convenience init(step: StepID, facts: [String: String] = [:], log: EventLog? = nil) {
        self.init(step: step, facts: facts, after: nil, log: log)
    }

    /// Makes the context of a step whose last entry in the receipt is this.
    public convenience init(step: StepID, after entry: Receipt.Entry?, log: EventLog? = nil) {
        self.init(step: step, facts: entry?.facts ?? [:], after: entry, log: log)
    }

    private init(
        step: StepID, facts: [String: String], after entry: Receipt.Entry?, log: EventLog?
    ) {
        self.step = step
        self.facts = facts
        owned = entry?.owned
        hasRunBefore = entry != nil
        ownsAll = owned != nil && [.satisfied, .changed, .degraded].contains(entry?.status)
        self.log = log
        state = Mutex(State(remembered: facts, ownedThings: owned))
    }

    /// Tells what is being done now.
    public func progress(_ message: String) {
        log?.emit(.stepProgress, step: step) { $0.message = message }
    }

    /// Tells how far a transfer is; as often as one likes.
    public func measure(_ progress: ByteProgress) { log?.measure(step, progress) }

    /// Tells what a person should know although nothing fails: once, and in the receipt and the plan, too.
    public func warn(_ message: String) {
        let isNew = state.withLock { state in
            defer { if !state.warnings.contains(message) { state.warnings.append(message) } }
            return !state.warnings.contains(message)
        }
        if isNew { log?.emit(.stepProgress, step: step) { $0.message = "warning: \(message)" } }
    }

    /// Tells that an attempt failed and another follows.
    public func retried(attempt: Int, of attempts: Int, _ reason: String) {
        log?.emit(.stepRetried, step: step) { event in
            event.attempt = attempt
            event.attempts = attempts
            event.message = reason
        }
    }

    /// Keeps how a command ended for the step's last event.
    public func ran(_ result: CommandResult) { state.withLock { $0.command = result } }

    /// Keeps what a service wrote to its journal, in the place of a command's standard error.
    public func wrote(_ journal: String) { state.withLock { $0.journal = journal } }

    /// Tells that the step ends well and yet something is lacking; `what` names the differences that may therefore be left.
    ///
    /// Holds until the step acts, and must be told again after that if it still is so.
    public func lacks(_ reason: Explanation, of what: Set<String> = []) {
        state.withLock { $0.shortcoming = (reason, what) }
    }

    func acts() {
        state.withLock { state in
            state.acted = true
            state.shortcoming = nil
        }
    }

    /// Keeps a fact in the receipt, for the next run's `facts`; written only if the step ends well.
    public func remember(_ key: String, _ value: String) { state.withLock { $0.remembered[key] = value } }

    /// Keeps a fact from before the step acts on, however it then ends.
    public func keep(_ key: String, _ value: String) {
        state.withLock { state in
            state.kept[key] = value
            state.remembered[key] = value
        }
    }

    /// Forgets a fact; it is gone if the step ends well.
    public func forget(_ key: String) { state.withLock { $0.remembered[key] = nil } }

    var kept: [String: String] { state.withLock { $0.kept } }

    /// A fact that was kept by this run or the last one that ended well.
    public func remembered(_ key: String) -> String? { state.withLock { $0.remembered[key] } }

    /// Adds to what the step owns; what the receipt knows already keeps what was there before it.
    public func owns(_ things: [OwnedThing]) {
        state.withLock { state in
            var all = state.ownedThings ?? []
            for thing in things {
                guard let index = all.firstIndex(where: thing.isSame) else {
                    all.append(thing)
                    continue
                }
                all[index] = thing.content.map(all[index].becoming) ?? all[index]
            }
            state.ownedThings = all
        }
    }

    /// What the step owns as it stands.
    public var ownedThings: [OwnedThing]? { state.withLock { $0.ownedThings } }

    var warnings: [String] { state.withLock { $0.warnings } }
    var journal: String? { state.withLock { $0.journal } }
    var shortcoming: (reason: Explanation, what: Set<String>)? { state.withLock { $0.shortcoming } }
    var hasActed: Bool { state.withLock { $0.acted } }
    var lastCommand: CommandResult? { state.withLock { $0.command } }
    var remembered: [String: String] { state.withLock { $0.remembered } }
}
