internal import Platform

/// Words for a POSIX shell.
enum ShellWord {
    /// The text in single quotes: to the shell it is data, whatever it holds.
    static func quoted(_ text: String) -> String {
        "'\(text.escaping(["'": "'\\''"]))'"
    }
}
