/// Counts the attempts of one download that came to nothing, and how long that went on.
///
/// A slow link that is cut again and again is no failure as long as the file grows.
struct Attempts {
    /// An attempt that brings less than this has brought nothing, or a server could feed us single bytes for ever.
    static let worthwhile: Int64 = 1 << 20

    /// Failures in a row.
    private(set) var number = 0
    private var since: ContinuousClock.Instant
    private var reached: Int64 = 0

    init(begin: ContinuousClock.Instant) { since = begin }

    /// Counts a failure that left the file `reached` bytes long; the answer is how long it has got nowhere.
    mutating func fail(reached: Int64, at now: ContinuousClock.Instant) -> Duration {
        if reached >= self.reached + Self.worthwhile {
            self.reached = reached
            number = 0
            since = now
        }
        number += 1
        return now - since
    }
}
