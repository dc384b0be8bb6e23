internal import Synchronization

/// Slows down who tries passwords: by the name that is tried, and by the address that tries.
///
/// An attempt counts as failed from its begin until it has succeeded, so that many at once are no way around.
final class LogInThrottle: Sendable {
    private struct Tries {
        var count = 0
        var last: ContinuousClock.Instant
    }

    private enum Key: Hashable {
        case name(String), address([UInt8])

        /// A person must not be locked out by a stranger for long; an address may be.
        var longest: Duration { if case .name = self { .seconds(30) } else { .seconds(900) } }
    }

    /// Who mistypes does not feel it.
    private static let free = 5
    private static let memory = Duration.seconds(3600)
    private static let mostKeys = 20_000
    private let tries = Mutex<[Key: Tries]>([:])

    /// Counts one more attempt, or tells how long it is to wait; what must wait does not count.
    func wait(name: String, address: [UInt8], at now: ContinuousClock.Instant = .now) -> Duration? {
        let keys = [Key.name(name), .address(address)]
        return tries.withLock { tries in
            if tries.count > Self.mostKeys {
                tries = tries.filter { now - $0.value.last < Self.memory }
                // Whoever has so many addresses is slowed down by name alone.
                if tries.count > Self.mostKeys {
                    tries = tries.filter { if case .name = $0.key { true } else { false } }
                }
                if tries.count > Self.mostKeys { tries = [:] }
            }
            let waits = keys.compactMap { key in tries[key].flatMap { Self.wait($0, key.longest, now) } }
            if let longest = waits.max() { return longest }
            for key in keys {
                var known = tries[key] ?? Tries(last: now)
                if now - known.last >= Self.memory { known.count = 0 }
                tries[key] = Tries(count: known.count + 1, last: now)
            }
            return nil
        }
    }

    /// The attempt was good, and counts for nothing; others from that address stay as they are, since who has a password of
    /// their own may try another's.
    func succeeded(name: String, address: [UInt8]) {
        tries.withLock { tries in
            tries[.name(name)] = nil
            if let known = tries[.address(address)] { tries[.address(address)]?.count = max(0, known.count - 1) }
        }
    }

    /// After the fifth attempt 1 s, then twice as long each time.
    private static func wait(_ tries: Tries, _ longest: Duration, _ now: ContinuousClock.Instant) -> Duration? {
        guard tries.count >= free else { return nil }
        let wait = min(longest, .seconds(1 << min(tries.count - free, 10)))
        let left = tries.last + wait - now
        return left > .zero ? left : nil
    }
}
