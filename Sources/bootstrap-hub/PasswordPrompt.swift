internal import Glibc
import Hub
import Platform

/// Reads a password or another secret, which never stands on a command line.
enum PasswordPrompt {
    /// At a terminal asks twice without showing what is typed; else takes the first line of standard input.
    static func read() throws(HubError) -> [UInt8] {
        guard Terminal(0) != nil else { return InputLine.read() ?? [] }
        return try askTwice("password (12 characters at least): ")
    }

    /// At a terminal the same; else takes all of standard input.
    ///
    /// Nil when that is too long, with a line break at its end.
    static func readText() throws(HubError) -> [UInt8]? {
        if Terminal(0) != nil { return try askTwice("secret: ") }
        do throws(SystemCallError) { return try InputLine.readAll(limit: Hub.secretLimit + 2) } catch {
            throw .system(error)
        }
    }

    private static func askTwice(_ prompt: String) throws(HubError) -> [UInt8] {
        let first = try ask(prompt)
        guard try ask("once more: ") == first else { throw .passwordsDiffer }
        return first
    }

    /// Byte by byte, so that Ctrl-C is seen while nothing is shown, and leaves the terminal as it was.
    private static func ask(_ prompt: String) throws(HubError) -> [UInt8] {
        var before = termios()
        guard tcgetattr(0, &before) == 0 else { return InputLine.read() ?? [] }
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        (silent.c_cc.6, silent.c_cc.5) = (1, 0)  // VMIN, VTIME: each byte as it comes.
        // Silent first: what is typed at the sight of the prompt must not be shown, or lost.
        tcsetattr(0, TCSAFLUSH, &silent)
        Output.prompt(prompt)
        defer {
            tcsetattr(0, TCSAFLUSH, &before)
            Output.prompt("\n")
        }
        var typed: [UInt8] = []
        while let byte = InputLine.byte() {
            switch byte {
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): return typed
            case 3, 4: throw .nothingTyped
            case 8, 127:
                // A character may be several bytes.
                while let last = typed.popLast(), last & 0xC0 == 0x80 {}
            default: typed.append(byte)
            }
        }
        return typed
    }
}
