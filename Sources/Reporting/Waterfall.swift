/// When the steps of a run worked, as bars above each other.
public struct Waterfall: Sendable {
    private let milliseconds: Int64
    private let columns: Int
    private let marks: (critical: String, other: String, slack: String)

    /// Fits a run of so many milliseconds into so many columns.
    public init(milliseconds: Int64, columns: Int, isUnicode: Bool) {
        self.milliseconds = max(milliseconds, 1)
        self.columns = max(columns, 1)
        marks = isUnicode ? ("█", "▒", "·") : ("#", "=", ".")
    }

    /// A step's bar: from when it began, as long as it took, and behind it how much longer it could have taken; all in
    /// milliseconds.
    ///
    /// However short, it is one column wide, and it has no blanks at its end.
    public func bar(start: Int64, duration: Int64, slack: Int64, isCritical: Bool) -> String {
        let first = min(column(start), columns - 1)
        let end = min(max(column(start + duration, roundedUp: true), first + 1), columns)
        let last = min(max(column(start + duration + slack), end), columns)
        return String(repeating: " ", count: first)
            + String(repeating: isCritical ? marks.critical : marks.other, count: end - first)
            + String(repeating: marks.slack, count: last - end)
    }

    private func column(_ time: Int64, roundedUp: Bool = false) -> Int {
        // What a receipt says may be anything; what lies outside of the run is drawn at its edge.
        let time = min(max(time, 0), milliseconds)
        let exact = Double(time) * Double(columns) / Double(milliseconds)
        return Int(exact.rounded(roundedUp ? .up : .down))
    }
}
