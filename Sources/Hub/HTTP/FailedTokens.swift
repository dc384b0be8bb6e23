internal import Synchronization

/// Slows down whoever shows one wrong token after the other, and tells of it.
final class FailedTokens: Sendable {
    private struct Minute {
        var since = ContinuousClock.now
        /// How many, by address.
        var counts: [[UInt8]: Int] = [:]
    }

    /// A host whose token was replaced, or a person who mistyped it, does not feel it.
    private static let free = 5
    private static let wait = Duration.seconds(1)
    /// So that addresses without number fill no memory; whoever comes then is slowed down at once.
    private static let mostAddresses = 10_000
    private let minute = Mutex(Minute())
    private let tell: @Sendable (String) -> Void

    /// `tell` gets a line for each such address and minute.
    init(_ tell: @escaping @Sendable (String) -> Void) { self.tell = tell }

    /// One more of this address: how long its answer is to wait.
    func count(_ peer: PeerAddress?, at now: ContinuousClock.Instant = .now) -> Duration {
        let address = peer?.network ?? []
        let count = minute.withLock { minute in
            if now - minute.since > .seconds(60) { minute = Minute(since: now) }
            guard minute.counts[address] != nil || minute.counts.count < Self.mostAddresses else { return Int.max }
            minute.counts[address, default: 0] += 1
            return minute.counts[address] ?? 0
        }
        if count == Self.free + 1 {
            tell("\(peer?.text ?? "somebody") shows one wrong token after the other: its requests are answered slowly")
        }
        return count > Self.free ? Self.wait : .zero
    }
}
