import Platform

/// The text of `--help` and `--version`.
enum Help {
    static func text(_ command: Subcommand?) -> String { command.map(one) ?? program }

    private static var program: String {
        """
        bootstrap-hub gives fresh hosts their stub, config, agent and bundles, and keeps
        what they report.

        usage: bootstrap-hub COMMAND [OPTIONS] --data DIR

        \(Subcommand.allCases.map { row($0.rawValue, $0.summary) }.joined(separator: "\n"))

        bootstrap-hub COMMAND --help shows a command's options, --version the versions.
        All commands work while the hub serves.

        example: bootstrap-hub serve --data /var/lib/bootstrap-hub

        exit codes: 0 done, 1 failed, 2 wrong command line

        """
    }

    private static func one(_ command: Subcommand) -> String {
        let words = [
            "bootstrap-hub", command.rawValue, command.operand,
            command.allOptions.isEmpty ? nil : "[OPTIONS] --data DIR",
        ]
        .compactMap { $0 }
        return """
            \(command.rawValue): \(command.summary)

            usage: \(words.joined(separator: " "))

            \(command.allOptions.map { row($0.value.isEmpty ? $0.name : "\($0.name) \($0.value)", $0.meaning) }.joined(separator: "\n"))

            \(HelpText.paragraph(command.remarks))

            example: \(command.example)

            """
    }

    private static func row(_ name: String, _ meaning: String) -> String {
        HelpText.row(name, meaning, column: 22)
    }
}
