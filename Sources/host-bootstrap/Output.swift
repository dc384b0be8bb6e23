import JSON
import Platform
import Reporting
import Synchronization

/// Results go to standard output, diagnostics to standard error, each in one write.
enum Output {
    /// Prints a result, with the codes shown that would move about on a terminal; the return value lets a command end
    /// with it.
    @discardableResult
    static func print(_ text: String, _ code: ExitCode = .done) -> ExitCode { write(text.withControlsShown, code) }

    /// Prints lines that are made for a terminal already, colours and all.
    static func show(_ lines: [String], _ code: ExitCode) -> ExitCode {
        write(lines.map { "\($0)\n" }.joined(), code)
    }

    /// Prints a value as JSON, for programs.
    @discardableResult
    static func json(_ value: some Encodable, _ code: ExitCode = .done) -> ExitCode {
        write(String(decoding: value.json(indented: true), as: UTF8.self) + "\n", code)
    }

    private static func write(_ text: String, _ code: ExitCode) -> ExitCode {
        // A reader that has gone is no reason to fail.
        try? writeAll(1, Array(text.utf8), "standard output")
        return code
    }

    /// What came from a server or file may hold secrets, and codes that would move about on a terminal.
    static func diagnose(_ text: String) {
        let plain = RevealedSecrets.hidden(in: text).withControlsShown
        if let display = display.withLock({ $0 }) {
            display.say(plain)
        } else {
            try? writeAll(2, Array((plain + "\n").utf8), "standard error")
        }
        listener.withLock { $0 }?(plain)
    }

    /// From now on diagnostics stand above what a display shows.
    static func above(_ display: LiveDisplay) { Self.display.withLock { $0 = display } }
    private static let display = Mutex<LiveDisplay?>(nil)

    /// Whoever follows a detached run is told its diagnostics, too.
    static func alsoTell(_ listener: @escaping @Sendable (String) -> Void) { Self.listener.withLock { $0 = listener } }
    private static let listener = Mutex<(@Sendable (String) -> Void)?>(nil)

    /// A question, on the same line as its answer.
    static func prompt(_ text: String) { try? writeAll(2, Array(text.withControlsShown.utf8), "standard error") }

    static func explain(_ explanation: Explanation) {
        diagnose(explanation.lines)
    }
}

extension Explanation {
    /// Of an error that no words were written for.
    static func unexpected(_ error: any Error) -> Explanation {
        Explanation("unexpected: \(error)", hint: "this is a fault of host-bootstrap: report it with what was typed")
    }
}
