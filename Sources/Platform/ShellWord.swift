/// Words for a POSIX shell.
public enum ShellWord {
    /// The text in single quotes: to the shell it is data, whatever it holds.
    public static func quoted(_ text: String) -> String {
        "'\(text.escaping(["'": "'\\''"]))'"
    }

    /// The same as it is, where no shell reads more into it than the text.
    public static func plain(_ text: String) -> String {
        let isPlain = !text.isEmpty && text.isAlphanumeric(or: "/._-+:@,%")
        return isPlain ? text : quoted(text)
    }
}
