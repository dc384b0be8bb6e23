import Hub
import Platform

/// `bootstrap-hub completions`: a script for a shell, made from the same table as the help.
enum Completions {
    static func script(for shell: String) throws(HubError) -> String {
        guard let script = table.script(for: shell) else {
            throw .badSetting(name: "completions", value: shell, expected: "bash, zsh or fish")
        }
        return script
    }

    private static let table = CompletionTable(
        of: "bootstrap-hub",
        Subcommand.allCases.map { command in
            CompletionTable.Command(
                command.rawValue, command.summary,
                words: words(of: command), takesFiles: command.operand == "FILE",
                options: command.allOptions.map { option in
                    CompletionTable.Option(
                        option.name, option.meaning,
                        value: option.value.isEmpty ? nil : (option.value, kind(option.value)), isRepeatable: false)
                })
        })

    private static func words(of command: Subcommand) -> [String] {
        switch command {
        case .completions: CompletionTable.shells
        case .rollout: RolloutCommand.Act.allCases.map(\.rawValue)
        case .secret: SecretCommand.Act.allCases.map(\.rawValue)
        default: []
        }
    }

    /// What a value is, by what the help calls it.
    private static func kind(_ value: String) -> CompletionTable.Value {
        switch value {
        case "FILE": .file
        case "DIR": .folder
        case "ROLE": .words(UserRole.allCases.map(\.rawValue))
        case "FORMAT": .words(UserDataFormat.allCases.map(\.rawValue))
        default: .free
        }
    }
}
