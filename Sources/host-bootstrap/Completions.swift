import Platform

/// `host-bootstrap completions`: a script for a shell, made from the same table as the help.
enum Completions {
    static func run(_ options: CommandLineOptions) throws(UsageError) -> ExitCode {
        let shell = options.operands[0]
        guard let script = table.script(for: shell) else {
            throw .badValue("completions", shell, expected: "bash, zsh or fish")
        }
        return Output.print(script)
    }

    private static let table = CompletionTable(
        of: "host-bootstrap",
        Subcommand.shown.map { command in
            CompletionTable.Command(
                command.rawValue, command.summary, words: words(command), takesFiles: command == .bundle,
                options: (command.options + Option.everywhere).map { option in
                    CompletionTable.Option(
                        option.name, option.meaning, value: option.value.map { ($0, kind($0)) },
                        isRepeatable: option.isRepeatable)
                })
        }, fallback: Subcommand.apply.rawValue)

    /// What a value is, by what the help calls it.
    private static func kind(_ value: String) -> CompletionTable.Value {
        switch value {
        case "FILE": .file
        case "DIR", "FOLDER": .folder
        case "ARCH": .words(["any", "x86_64", "aarch64"])
        case "WHEN": .words(["auto", "always", "never"])
        default: .free
        }
    }

    private static func words(_ command: Subcommand) -> [String] {
        if command == .explain { return Explain.codes }
        return command.operands.first?.split(separator: "|").map(String.init).filter { $0 != $0.uppercased() } ?? []
    }
}
