/// The words of a line that is being typed, as a shell hands them over when it completes it.
public struct TypedWords: Sendable {
    /// The command; nil when none is typed yet.
    public private(set) var command: String?
    /// What stands behind it without a dash, and is no option's value.
    public private(set) var operands: [String] = []
    private var values: [String: String] = [:]

    /// Reads the words behind the program's name, by the table that the shell's script was made from.
    public init(_ words: [String], _ table: CompletionTable) {
        let valued = Set(table.valued.parts(at: "|").map(String.init)), names = table.commands.map(\.name)
        var option: String?
        // bash takes --option=value for three words.
        for word in words.map(Self.unquoted) where word != "=" {
            if let name = option {
                values[name] = word
                option = nil
            } else if valued.contains(word) {
                option = word
            } else if word.hasFirstBytes("-") {
                let parts = word.parts(at: "=", maxSplits: 1).map(String.init)
                if parts.count == 2 { values[parts[0]] = parts[1] }
            } else if command != nil {
                operands.append(word)
            } else if names.contains(where: { $0.hasSameBytes(as: word) }) {
                command = word
            }
        }
    }

    /// The value of an option; nil when it is not typed.
    public subscript(option: String) -> String? { values[option] }

    /// As far as a shell that hands words over as they were typed leaves that to others.
    private static func unquoted(_ word: String) -> String {
        let plain = word.escaping(["'": "", "\"": "", "\\": ""])
        guard plain == "~" || plain.hasFirstBytes("~/") else { return plain }
        return (ProcessStart.environment("HOME") ?? "~") + String(plain.dropFirst())
    }
}
