import Platform

/// The commands of this program that a text names for somebody to type.
enum HubCommands {
    private static let program = "bootstrap-hub "

    private static let acts =
        RolloutCommand.Act.allCases.map(\.rawValue) + SecretCommand.Act.allCases.map(\.rawValue)

    /// Gives each of them that needs it the hub's folder, where the text does not.
    static func naming(_ data: String, in text: String) -> String {
        guard text.contains(program), !text.contains(" \(Option.data.name) ") else { return text }
        var pieces = text.split(separator: program, omittingEmptySubsequences: false).map(String.init)
        for index in pieces.indices.dropFirst() {
            let word = String(pieces[index].prefix { $0.isLowercase || $0 == "-" })
            let act = acts.first { pieces[index].hasFirstBytes("\(word) \($0)") }.map { " \($0)" } ?? ""
            let rest = pieces[index].dropFirst(word.count + act.count)
            guard let command = Subcommand(rawValue: word), command.allOptions.contains(.data),
                !rest.hasFirstBytes(" --help")
            else { continue }
            pieces[index] = "\(word)\(act) \(Option.data.name) \(ShellWord.plain(data))\(rest)"
        }
        return pieces.joined(separator: program)
    }
}
