internal import Synchronization

/// How much one host may report: what a broken or captured one sends besides is refused by its head.
///
/// What a host has used is forgotten as time goes on, at a steady rate.
final class ReportRateLimit: Sendable {
    /// The bounds.
    struct Limits: Sendable {
        /// At once: a host whose hub was away for long delivers what it kept in one go.
        var reports = 1000.0, bytes = 32.0 * 1024 * 1024
        /// For good; an agent sends a few reports a second, of a few kilobytes.
        var reportsPerSecond = 50.0, bytesPerSecond = 128.0 * 1024
    }

    private struct Use {
        var reports = 0.0, bytes = 0.0
        var since: ContinuousClock.Instant
    }

    private let limits: Limits
    /// Only of hosts that the hub knows, so that it does not grow for ever.
    private let uses = Mutex<[String: Use]>([:])

    init(_ limits: Limits = Limits()) { self.limits = limits }

    /// Counts one more report of this length; or, when that is too much, how long until it is not.
    func wait(for host: String, bytes: Int, at now: ContinuousClock.Instant = .now) -> Duration? {
        uses.withLock { uses in
            var use = uses[host] ?? Use(since: now)
            let seconds = (now - use.since) / .seconds(1)
            use.reports = max(0, use.reports - seconds * limits.reportsPerSecond) + 1
            use.bytes = max(0, use.bytes - seconds * limits.bytesPerSecond) + Double(bytes)
            use.since = now
            let over = max(
                (use.reports - limits.reports) / limits.reportsPerSecond,
                (use.bytes - limits.bytes) / limits.bytesPerSecond)
            if over > 0 { return .seconds(over) }
            uses[host] = use
            return nil
        }
    }
}
