internal import Synchronization

/// Tells of a long download now and then: how much is there, of how much, and how fast it comes.
final class DownloadMeter: Sendable {
    private struct State {
        var lastTime: ContinuousClock.Instant
        var lastSize: Int64 = 0
    }

    private let interval: Duration
    private let state: Mutex<State>

    /// Begins; what is told comes after every interval at the earliest.
    init(every interval: Duration = .seconds(5), now: ContinuousClock.Instant = .now) {
        self.interval = interval
        state = Mutex(State(lastTime: now))
    }

    /// An attempt begins behind so many bytes, which nobody sent now.
    func begin(at size: Int64) { state.withLock { $0.lastSize = size } }

    /// Words for what came, such as "120 of 300 MiB, 40 MiB/s"; nil when it is too early for them.
    func words(_ size: Int64, of whole: Int64?, now: ContinuousClock.Instant = .now) -> String? {
        state.withLock { state -> String? in
            let passed = now - state.lastTime
            guard passed >= interval else { return nil }
            let speed = Int(Double(size - state.lastSize) / (passed / .seconds(1)))
            (state.lastTime, state.lastSize) = (now, size)
            let there = whole.map { "\(size >> 20) of \($0 >> 20) MiB" } ?? "\(size >> 20) MiB"
            // A slow one is told in KiB: "0 MiB/s" would look like a dead server.
            return speed < 1 << 20 ? "\(there), \(speed >> 10) KiB/s" : "\(there), \(speed >> 20) MiB/s"
        }
    }
}
