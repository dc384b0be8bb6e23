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

    static let table = CompletionTable(
        of: "bootstrap-hub",
        Subcommand.allCases.map { command in
            CompletionTable.Command(
                command.rawValue, command.summary, operands: operands(of: command), isVariadic: command == .label,
                options: command.allOptions.map { option in
                    CompletionTable.Option(
                        option.name, option.meaning,
                        value: option.value.isEmpty ? nil : (option.value, kind(option.value)), isRepeatable: false)
                } + everywhere)
        })

    private static let everywhere = [
        CompletionTable.Option("--help", "show a command's options", value: nil, isRepeatable: false),
        CompletionTable.Option("--version", "print versions", value: nil, isRepeatable: false),
    ]

    private static func operands(of command: Subcommand) -> [CompletionTable.Value] {
        switch command {
        case .completions: [.words(CompletionTable.shells)]
        case .rollout: [.words(RolloutCommand.Act.allCases.map(\.rawValue)), asked(.rollouts)]
        case .secret: [.words(SecretCommand.Act.allCases.map(\.rawValue)), asked(.secrets)]
        case .label: [asked(.hosts), asked(.labels)]
        case .revokeKey: [asked(.keys)]
        case .removeUser, .addUser: [asked(.users)]
        case .addHost, .removeHost, .joinCommand, .rotateToken, .revokeToken, .userData: [asked(.hosts)]
        case .addBundle, .addBinary, .backup: [.file]
        case .initialize, .serve, .listHosts, .addKey, .listKeys, .listUsers, .audit: []
        }
    }

    private static func asked(_ kind: Hub.Names) -> CompletionTable.Value { .asked(kind.rawValue) }

    /// Prints what the hub in the line's `--data` knows, one a line; `arguments` are what a script hands over behind
    /// ``CompletionTable/request``.
    static func answer(_ arguments: ArraySlice<String>) {
        let line = TypedWords(Array(arguments.dropFirst()), table)
        guard let kind = arguments.first.flatMap(Hub.Names.init), let data = line["--data"] else { return }
        Output.print(CompletionTable.answer(Hub.names(of: kind, in: data)))
    }

    /// What a value is, by what the help calls it.
    private static func kind(_ value: String) -> CompletionTable.Value {
        switch value {
        case "FILE": .file
        case "DIR": .folder
        case "ID": asked(.hosts)
        case "LABELS": asked(.labels)
        case "NAME=VERSION": asked(.bundles)
        case "ROLE": .words(UserRole.allCases.map(\.rawValue))
        case "FORMAT": .words(UserDataFormat.allCases.map(\.rawValue))
        default: .free
        }
    }
}
