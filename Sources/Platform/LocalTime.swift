internal import Glibc

/// A minute of the week, in this host's own time zone.
public struct LocalTime: Sendable, Equatable {
    /// Minutes since Monday began.
    public let minute: Int

    /// The minutes of a week.
    public static let week = 7 * 24 * 60

    /// A time of a day, which is 0 for Monday.
    public init(day: Int, minute: Int) { self.minute = day * 24 * 60 + minute }

    /// The minute that a clock shows here now.
    public static func now() -> LocalTime {
        var seconds = time(nil), parts = tm()
        localtime_r(&seconds, &parts)
        // It counts from Sunday.
        return LocalTime(day: (Int(parts.tm_wday) + 6) % 7, minute: Int(parts.tm_hour) * 60 + Int(parts.tm_min))
    }

    /// Minutes until another one is there next; 0 when it is this one.
    public func minutes(until other: LocalTime) -> Int { (other.minute - minute + Self.week) % Self.week }
}
