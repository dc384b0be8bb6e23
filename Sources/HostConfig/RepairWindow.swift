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

    /// It is open then.
    public func contains(_ time: LocalTime) -> Bool {
        openings.contains { $0.time.minutes(until: time) < length }
    }

    /// When it opens, on each of its days, with words for that.
    var openings: [(time: LocalTime, words: String)] {
        let clock = "\(from / 600)\(from / 60 % 10):\(from % 60 / 10)\(from % 10)"
        return days.compactMap { day in
            Day.allCases.firstIndex(of: day).map {
                (LocalTime(day: $0, minute: from), "\(day.rawValue) \(clock)")
            }
        }
    }
}

extension RepairWindow {
    /// Reads one of `schedule.windows`, which no two looks may miss that are so many minutes apart.
    static func read(_ field: Field, every minutes: Int?) -> RepairWindow? {
        guard let fields = field.fields(["days", "from", "to"]) else { return nil }
        let days = fields["days"]?.elements("days", minimum: 1)?.compactMap { $0.choice(Day.self) }
        let from = fields.required("from")?.minute(), end = fields.required("to")?.minute()
        guard let from, let end else { return nil }
        let whole = 24 * 60, length = (end - from + whole) % whole
        let window = RepairWindow(days: days ?? Day.allCases, from: from, length: length == 0 ? whole : length)
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
        parsed(.badValue, "a time of the day from \"00:00\" to \"23:59\"") { text in
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2,
                parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (48...57).contains($0) } }),
                let hour = Int(parts[0]), let minute = Int(parts[1]), hour < 24, minute < 60
            else { return nil }
            return hour * 60 + minute
        }
    }
}
