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

    static let table = CompletionTable(
        of: "host-bootstrap",
        Subcommand.shown.map { command in
            CompletionTable.Command(
                command.rawValue, command.summary, operands: operands(command),
                options: (command.options + Option.everywhere).map { option in
                    CompletionTable.Option(
                        option.name, option.meaning, value: option.value.map { ($0, kind($0, command)) },
                        isRepeatable: option.isRepeatable)
                })
        }, fallback: Subcommand.apply.rawValue)

    /// What a value is, by what the help calls it.
    private static func kind(_ value: String, _ command: Subcommand) -> CompletionTable.Value {
        switch value {
        case "FILE": .file
        case "DIR", "FOLDER": .folder
        case "ARCH": .words(["any", "x86_64", "aarch64"])
        case "WHEN": .words(["auto", "always", "never"])
        case "STEP": .asked(CompletionWords.steps.rawValue)
        case "VERSION" where command == .rollback: .asked(CompletionWords.versions.rawValue)
        default: .free
        }
    }

    private static func operands(_ command: Subcommand) -> [CompletionTable.Value] {
        switch command {
        case .explain: [.words(Explain.codes)]
        case .rollback: [.asked(CompletionWords.bundles.rawValue)]
        case .bundle: [words(command), .file, .file]
        case .initialize: [.folder]
        default: command.operands.isEmpty ? [] : [words(command)]
        }
    }

    private static func words(_ command: Subcommand) -> CompletionTable.Value {
        .words((command.operands.first ?? "").parts(at: "|").map(String.init))
    }
}
