/// What a program's command line takes, for the scripts by which shells complete it.
public struct CompletionTable: Sendable {
    /// What a value is: a file, a folder, one of some words, one of those that the program itself knows under a name, or free.
    public enum Value: Sendable, Equatable {
        case file, folder, words([String]), asked(String), free
    }

    /// An option, with a value or without.
    public struct Option: Sendable {
        let name: String
        let meaning: String
        let value: (name: String, kind: Value)?
        let isRepeatable: Bool

        /// Makes one; `value` is what the help calls its value, nil when it takes none.
        public init(_ name: String, _ meaning: String, value: (name: String, kind: Value)?, isRepeatable: Bool) {
            self.name = name
            self.meaning = meaning
            self.value = value
            self.isRepeatable = isRepeatable
        }
    }

    /// A command with its operands and options.
    public struct Command: Sendable {
        let name: String
        let summary: String
        let operands: [Value]
        let isVariadic: Bool
        let options: [Option]

        /// Makes one; `operands` are what its operands are, one after the other, of which the last may be repeated.
        public init(
            _ name: String, _ summary: String, operands: [Value], isVariadic: Bool = false, options: [Option]
        ) {
            self.isVariadic = isVariadic
            self.name = name
            self.summary = summary
            self.operands = operands
            self.options = options
        }
    }

    let program: String
    let commands: [Command]
    let fallback: String?

    /// Makes the table of a program; `fallback` is the command that is meant when none is typed.
    public init(of program: String, _ commands: [Command], fallback: String? = nil) {
        self.program = program
        self.commands = commands
        self.fallback = fallback
    }

    /// The shells that a script can be had for.
    public static let shells = ["bash", "zsh", "fish"]

    /// The command by which scripts ask the program for words that only it knows: what they are, then the words of the line.
    ///
    /// No help shows it: it is for these scripts alone.
    public static let request = "complete"

    /// What the program answers such a request: one word a line, those that no shell takes for more than a word.
    ///
    /// Names come from folders, receipts and hubs, and bash puts them on the line as they are.
    public static func answer(_ words: some Sequence<String>) -> String {
        Set(words).filter(isPlain).sorted().map { "\($0)\n" }.joined()
    }

    private static func isPlain(_ word: String) -> Bool {
        guard let first = word.utf8.first, !"-~".utf8.contains(first) else { return false }
        return word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "._+=:@/,-".utf8.contains(byte)
            }
        }
    }

    /// The script for a shell; nil when it is none of ``shells``.
    public func script(for shell: String) -> String? {
        switch shell {
        case "bash": bash()
        case "zsh": zsh()
        case "fish": fish()
        default: nil
        }
    }

    /// The program's name as a shell function's.
    var function: String { "_" + program.map { $0 == "-" ? "_" : String($0) }.joined() }

    /// The options that take a value, as a shell's pattern.
    var valued: String { pattern { _ in true } }

    /// The options whose value is of a kind, as a shell's pattern.
    func pattern(_ fits: (Value) -> Bool) -> String {
        let names = Set(commands.flatMap(\.options).filter { $0.value.map { fits($0.kind) } ?? false }.map(\.name))
        // A case needs a pattern, and no option is called so.
        return names.isEmpty ? "none" : names.sorted().joined(separator: "|")
    }
}
