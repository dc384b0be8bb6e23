public import Platform

/// When a host may be changed by itself, each week.
public struct RepairWindow: Sendable, Equatable {
    /// A day of the week, as the config calls it.
    public enum Day: String, Sendable, CaseIterable {
        case monday = "mon", tuesday = "tue", wednesday = "wed", thursday = "thu", friday = "fri", saturday = "sat"
        case sunday = "sun"
    }

    /// The days on which it opens.
    public let days: [Day]
    /// When it opens, in minutes since midnight.
    public let from: Int
    /// How long it is open, in minutes; what goes beyond midnight belongs to the day on which it opened.
    public let length: Int

    private init(days: [Day], from: Int, to end: Int) {
        let whole = 24 * 60, length = (end - from + whole) % whole
        (self.days, self.from, self.length) = (days, from, length == 0 ? whole : length)
    }

    /// It is open then.
    func contains(_ time: LocalTime) -> Bool {
        openings.contains { $0.time.minutes(until: time) < length }
    }

    /// When the next of some windows opens, such as `sat 02:00`; nil when one is open, or there are none.
    public static func next(of windows: [RepairWindow], after time: LocalTime) -> String? {
        if windows.contains(where: { $0.contains(time) }) { return nil }
        return windows.flatMap(\.openings).min { time.minutes(until: $0.time) < time.minutes(until: $1.time) }?.words
    }

    /// When it opens, on each of its days, with words for that.
    private var openings: [(time: LocalTime, words: String)] {
        let clock = "\(from / 600)\(from / 60 % 10):\(from % 60 / 10)\(from % 10)"
        return days.compactMap { day in
            Day.allCases.firstIndex(of: day).map {
                (LocalTime(day: $0, minute: from), "\(day.rawValue) \(clock)")
            }
        }
    }
}

extension RepairWindow {
    /// Reads a window of one line, as in `09:00-16:00`, `sat,sun 22:00-06:00` or `mon-fri 09:00-16:00`; nil for another text.
    public init?(_ text: String) {
        let words = text.parts(at: " ", omittingEmpty: true)
        guard (1...2).contains(words.count), let hours = words.last.map({ $0.parts(at: "-").map(Self.minute) }),
            hours.count == 2, let from = hours[0], let end = hours[1],
            let days = words.count == 1 ? Day.allCases : Self.days(words[0])
        else { return nil }
        self.init(days: days, from: from, to: end)
    }

    /// Days and ranges of them, with commas between.
    private static func days(_ text: Substring) -> [Day]? {
        var days: Set<Day> = []
        for part in text.parts(at: ",") {
            let ends = part.parts(at: "-").map { name in Day.allCases.firstIndex { $0.rawValue == name } }
            guard ends.count <= 2, let first = ends[0], let last = ends[ends.count - 1] else { return nil }
            // A range may go beyond Sunday.
            let length = (last - first + Day.allCases.count) % Day.allCases.count
            days.formUnion((0...length).map { Day.allCases[(first + $0) % Day.allCases.count] })
        }
        return Day.allCases.filter(days.contains)
    }

    /// Minutes since midnight of a time such as `09:30`; nil for another text.
    fileprivate static func minute(_ text: some StringProtocol) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2,
            parts.allSatisfy({ $0.utf8.count == 2 && $0.isDecimal }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), hour < 24, minute < 60
        else { return nil }
        return hour * 60 + minute
    }

    /// Reads one of `schedule.windows`, which no two looks may miss that are so many minutes apart.
    static func read(_ field: Field, every minutes: Int?) -> RepairWindow? {
        guard let fields = field.fields(["days", "from", "to"]) else { return nil }
        let days = fields["days"]?.elements("days", minimum: 1)?.compactMap { $0.choice(Day.self) }
        let from = fields.required("from")?.minute(), end = fields.required("to")?.minute()
        guard let from, let end else { return nil }
        let window = RepairWindow(days: days ?? Day.allCases, from: from, to: end)
        if let minutes, window.length < minutes {
            fields.contradiction(
                at: fields["to"],
                "it is open for \(window.length) minutes, and may pass between two looks that are \(minutes) minutes apart; make it longer, or \"every_minutes\" less"
            )
        }
        return window
    }
}

extension Field {
    /// A time of the day as minutes since midnight.
    fileprivate func minute() -> Int? {
        parsed(.badValue, "a time of the day from \"00:00\" to \"23:59\"") { RepairWindow.minute($0) }
    }
}
