import Platform
import Synchronization

/// Results go to standard output, diagnostics to standard error, each in one write.
enum Output {
    static func print(_ bytes: [UInt8]) {
        // A reader that has gone is no reason to fail.
        try? writeAll(1, bytes, "standard output")
    }

    static func print(_ text: String) { print(Array(text.utf8)) }

    /// What a client sent may hold codes that would move about on a terminal.
    static func diagnose(_ text: String) {
        let words = data.withLock { $0.map { HubCommands.naming($0, in: text) } ?? text }
        try? writeAll(2, Array((words.withControlsShown + "\n").utf8), "standard error")
    }

    /// From now on commands in diagnostics have the hub's folder, which they need like any other.
    static func name(_ folder: String) { data.withLock { $0 = folder } }
    private static let data = Mutex<String?>(nil)

    /// A question, on the same line as its answer.
    static func prompt(_ text: String) { try? writeAll(2, Array(text.utf8), "standard error") }

    static func explain(_ explanation: Explanation) {
        diagnose(explanation.lines)
    }
}
