/// Decides which step runs when; has no clock, no tasks, no host.
struct Schedule {
    enum Verdict: Equatable {
        case good, failed, skipped
    }

    private var waiting: [StepID]
    private let needs: [StepID: Set<StepID>]
    private let width: Int
    private var running: Set<StepID> = []
    private var verdicts: [StepID: Verdict] = [:]
    private var stopped = false

    /// Starts with nothing run; `width` is how many steps may run at once.
    init(_ graph: Graph, width: Int) {
        waiting = graph.steps.map(\.id)
        needs = Dictionary(uniqueKeysWithValues: graph.steps.map { ($0.id, graph.needs(of: $0)) })
        self.width = width
    }

    enum Action: Equatable {
        case start(StepID)
        /// The step can never run; the reason is the need that did not hold, or nil when the run was stopped.
        case skip(StepID, because: StepID?)
    }

    /// What is to be done now; each step is named once over the life of a schedule.
    mutating func next() -> [Action] {
        var actions: [Action] = []
        var left: [StepID] = []
        for step in waiting {
            let needed = needs[step] ?? []
            if stopped {
                actions.append(.skip(step, because: nil))
                verdicts[step] = .skipped
            } else if let broken = needed.filter({ verdicts[$0].map { $0 != .good } ?? false }).min() {
                actions.append(.skip(step, because: broken))
                verdicts[step] = .skipped
            } else if running.count < width, needed.allSatisfy({ verdicts[$0] == .good }) {
                actions.append(.start(step))
                running.insert(step)
            } else {
                left.append(step)
            }
        }
        waiting = left
        return actions
    }

    mutating func finished(_ step: StepID, _ verdict: Verdict) {
        running.remove(step)
        verdicts[step] = verdict
    }

    /// From now on nothing is started.
    mutating func stop() { stopped = true }
}
