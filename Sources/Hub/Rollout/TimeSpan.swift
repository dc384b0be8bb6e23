internal import Platform

/// A length of time, as the command line has it.
public struct TimeSpan: Sendable, Equatable {
    let milliseconds: Int64

    private typealias Unit = (letter: Character, seconds: Int64, word: String)

    private static let units: [Unit] = [
        ("s", 1, "s"), ("m", 60, "min"), ("h", 3600, "h"), ("d", 86400, "days"),
    ]

    /// Takes a number of seconds, minutes, hours or days, as in `90s`, `10m`, `2h` or `1d`: a year at most.
    public init(_ text: String) throws(HubError) {
        guard let span = TimeSpan(text, in: "smhd", days: 365) else { throw .rollout(.badSpan(text)) }
        self = span
    }

    /// Takes a number and one of these letters; nil for another text, and for more than so many days.
    init?(_ text: String, in letters: String, days: Int64) {
        guard let unit = Self.units.first(where: { $0.letter == text.last }), letters.contains(unit.letter),
            String(text.dropLast()).isDecimal, let number = Int64(text.dropLast()),
            number <= days * 86400 / unit.seconds
        else { return nil }
        milliseconds = number * unit.seconds * 1000
    }

    init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// In the largest unit of which it is a whole number.
    var inWords: String {
        let seconds = milliseconds / 1000
        // Swift 6.2.3 takes it for an optional one unless it is told.
        let unit: Unit = Self.units.last { seconds >= $0.seconds && seconds % $0.seconds == 0 } ?? Self.units[0]
        return "\(seconds / unit.seconds) \(unit.word)"
    }
}
