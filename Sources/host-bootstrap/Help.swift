import Platform

/// The text of `--help`.
enum Help {
    static func program() -> String {
        let commands = Subcommand.shown.map { row($0.rawValue, $0.summary) }
        return """
            host-bootstrap makes a fresh Linux machine a ready project host from one JSON file.

            usage: host-bootstrap [COMMAND] [OPTIONS]

            \(commands.joined(separator: "\n"))

            host-bootstrap COMMAND --help shows a command's options, --version the versions.

            example: host-bootstrap apply --config host.json

            exit codes: 0 done, 1 a step failed, 2 wrong command line, 3 invalid config,
            4 preflight failed, 5 integrity refused, 6 another run holds the lock,
            7 plan or status --verify found differences, 130 and 143 stopped by a signal

            """
    }

    static func command(_ command: Subcommand) -> String {
        let operands =
            command.operands.map { " \($0)" }.joined() + command.optionalOperands.map { " [\($0)]" }.joined()
        let required = command.options.filter(\.isRequired).map { " \($0.name) \($0.value ?? "")" }.joined()
        let options = (command.options + Option.everywhere).map { option in
            row([option.name, option.value].compactMap { $0 }.joined(separator: " "), option.meaning)
        }
        return """
            \(command.rawValue): \(command.summary)

            usage: host-bootstrap \(command.rawValue)\(operands)\(required) [OPTIONS]

            \(options.joined(separator: "\n"))

            example: \(command.example)

            """
    }

    private static func row(_ name: String, _ meaning: String) -> String {
        HelpText.row(name, meaning, column: 26)
    }
}
