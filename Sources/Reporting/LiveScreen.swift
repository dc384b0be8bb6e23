internal import Platform

/// What to write to a terminal so that new lines stand above a block that is drawn anew each time.
struct LiveScreen: Sendable {
    /// The block that stands there; the cursor is at the beginning of the line below.
    private var drawn: [String] = []
    private var columns = 0
    private var lastTime: ContinuousClock.Instant?

    /// A longer pause than this between two drawings is one in which the process, or the machine, was stopped: what stands
    /// above the cursor may be a shell's by now, and is left alone.
    static let longestPause = Duration.seconds(2)

    /// The bytes; none when all is as it was.
    mutating func draw(
        _ lines: [String], _ block: [String], columns: Int, rows: Int, at now: ContinuousClock.Instant = .now
    ) -> [UInt8] {
        if let lastTime, now - lastTime > Self.longestPause { drawn = [] }
        lastTime = now
        guard !lines.isEmpty || block != drawn || columns != self.columns else { return [] }
        var text = ""
        if !drawn.isEmpty {
            text += "\r\u{1b}[\(min(height(columns), max(1, rows - 1)))A\u{1b}[J"
        }
        for line in lines { text += "\(line)\n" }
        if !block.isEmpty {
            // A terminal that counts a character wider than we do must not begin a line that nobody takes away.
            text += "\u{1b}[?7l" + block.map { "\($0)\n" }.joined() + "\u{1b}[?7h"
        }
        drawn = block
        self.columns = columns
        return Array(text.utf8)
    }

    /// How many rows the block takes in a window that may have become narrower since: terminals wrap what is there.
    private func height(_ columns: Int) -> Int {
        drawn.reduce(0) { $0 + max(1, ($1.displayWidth + columns - 1) / max(1, columns)) }
    }
}
