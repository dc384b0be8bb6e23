/// Decides which requirement is met when; has no clock, no tasks, no host.
///
/// Those without needs stand in a line: each begins when the one before it has ended, well or not. Those with needs begin as
/// soon as all of these are met, beside others.
struct RequirementOrder {
    enum Action: Equatable {
        case start(Int)
        /// It cannot be met, since this one was not.
        case skip(Int, because: Int)
    }

    private enum Verdict { case met, notMet }

    private var line: [Int]
    private var beside: [Int]
    private let needs: [[Int]]
    private let width: Int
    private var isLineBusy: Int?
    private var running = 0
    private var verdicts: [Int: Verdict] = [:]

    /// Takes what each of them needs, nil where it stands in the line, in the line's order; at most `width` run at once.
    init(_ needs: [[Int]?], width: Int) {
        line = needs.indices.filter { needs[$0] == nil }
        beside = needs.indices.filter { needs[$0] != nil }
        self.needs = needs.map { $0 ?? [] }
        self.width = width
    }

    /// Each has ended or was skipped.
    var isDone: Bool { verdicts.count == needs.count }

    /// What is to be done now; each is named once.
    mutating func next() -> [Action] {
        var actions: [Action] = []
        if isLineBusy == nil, running < width, !line.isEmpty {
            let first = line.removeFirst()
            isLineBusy = first
            running += 1
            actions.append(.start(first))
        }
        var isAnySkipped = true
        // What is skipped may be what another one needs.
        while isAnySkipped {
            isAnySkipped = false
            for one in beside {
                if let broken = needs[one].first(where: { verdicts[$0] == .notMet }) {
                    actions.append(.skip(one, because: broken))
                    verdicts[one] = .notMet
                    isAnySkipped = true
                } else if running < width, needs[one].allSatisfy({ verdicts[$0] == .met }) {
                    actions.append(.start(one))
                    running += 1
                } else {
                    continue
                }
                beside.removeAll { $0 == one }
            }
        }
        return actions
    }

    mutating func ended(_ one: Int, isMet: Bool) {
        running -= 1
        if isLineBusy == one { isLineBusy = nil }
        verdicts[one] = isMet ? .met : .notMet
    }
}
