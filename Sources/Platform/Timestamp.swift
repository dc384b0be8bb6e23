internal import Glibc

/// A moment in UTC, in whole milliseconds since 1970; binary fractions of a second would round wrongly.
public struct Timestamp: Sendable, Hashable, Comparable, Codable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public let milliseconds: Int64

    /// Makes a moment from milliseconds since 1970.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Reads the machine's clock.
    public static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// RFC 3339 with milliseconds, as in `2026-03-01T12:00:00.123Z`.
    public var rfc3339: String {
        let seconds = milliseconds.floored(by: 1000)
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        let date =
            "\(padded(Int64(parts.tm_year) + 1900, 4))-\(padded(Int64(parts.tm_mon) + 1, 2))-\(padded(parts.tm_mday, 2))"
        let clock = "\(padded(parts.tm_hour, 2)):\(padded(parts.tm_min, 2)):\(padded(parts.tm_sec, 2))"
        return "\(date)T\(clock).\(padded(milliseconds - seconds * 1000, 3))Z"
    }

    /// Reads RFC 3339 in UTC and whole seconds, as in `2027-03-01T12:00:00Z`; nil for another text or no such moment.
    public init?(rfc3339 text: String) {
        let bytes = Array(text.utf8), form = Array("0000-00-00T00:00:00Z".utf8)
        guard bytes.count == form.count else { return nil }
        for (byte, wanted) in zip(bytes, form) {
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            guard wanted == UInt8(ascii: "0") ? isDigit : byte == wanted else { return nil }
        }
        let numbers = text.split { !$0.isNumber }.compactMap { Int32($0) }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (numbers[0] - 1900, numbers[1] - 1, numbers[2])
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (numbers[3], numbers[4], numbers[5])
        self.init(milliseconds: Int64(timegm(&parts)) * 1000)
        // The library takes the 31st of February for the 3rd of March.
        guard rfc3339.hasPrefix(text.dropLast()) else { return nil }
    }

    /// The later of two moments is the greater.
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    /// Encodes as milliseconds.
    public func encode(to encoder: any Encoder) throws { try milliseconds.encode(to: encoder) }

    /// Decodes milliseconds.
    public init(from decoder: any Decoder) throws { milliseconds = try Int64(from: decoder) }
}

private func padded(_ number: some BinaryInteger, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

extension Int64 {
    fileprivate func floored(by divisor: Int64) -> Int64 {
        self / divisor - (self % divisor < 0 ? 1 : 0)
    }
}

extension Duration {
    /// Whole milliseconds, rounded down.
    public var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
