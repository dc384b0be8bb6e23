internal import Synchronization

/// What this process has done since it started, for `/metrics`.
final class Metrics: Sendable {
    /// Upper bounds of the time that keeping a report takes, in seconds.
    static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

    struct Counts {
        var answers: [Int: Int64] = [:]
        var kept = [Int64](repeating: 0, count: Metrics.bounds.count + 1)
        var seconds = 0.0
    }

    private let state = Mutex(Counts())

    var counts: Counts { state.withLock { $0 } }

    func answered(_ status: Int) { state.withLock { $0.answers[status, default: 0] += 1 } }

    /// A report was kept within this time.
    func keptReport(within took: Duration) {
        let took = took / .seconds(1)
        state.withLock { counts in
            counts.kept[Self.bounds.firstIndex { took <= $0 } ?? Self.bounds.count] += 1
            counts.seconds += took
        }
    }
}
