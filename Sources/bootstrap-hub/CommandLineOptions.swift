import HostConfig
import Platform

/// What the command line asks for.
enum Request: Equatable {
    case help(Subcommand?)
    case version
    case run(CommandLineOptions)

    /// Reads the arguments, without the program's name.
    static func parse(_ arguments: [String]) throws(UsageError) -> Request {
        if arguments.contains("--version") { return .version }
        guard let first = arguments.first else { throw .noCommand }
        if first == "--help" || first == "-h" { return .help(nil) }
        guard let command = Subcommand(rawValue: first) else { throw .unknownCommand(first) }
        if arguments.contains("--help") || arguments.contains("-h") { return .help(command) }
        return .run(try CommandLineOptions.parse(command, arguments.dropFirst()))
    }
}

/// A command with its operands and options.
struct CommandLineOptions: Equatable {
    let command: Subcommand
    /// The words without a dash.
    private(set) var operands: [String] = []
    /// The first of them; empty for a command that takes none.
    var operand: String { operands.first ?? "" }
    private(set) var data = ""
    private var values: [String: String] = [:]

    subscript(option: String) -> String? { values[option] }

    static func parse(_ command: Subcommand, _ arguments: ArraySlice<String>) throws(UsageError) -> CommandLineOptions {
        var options = CommandLineOptions(command: command)
        var rest = arguments
        while let argument = rest.popFirst() {
            if argument.hasPrefix("-") {
                try options.take(argument, from: &rest)
            } else {
                options.operands.append(argument)
            }
        }
        try options.checkOperands()
        if let data = options.values.removeValue(forKey: Option.data.name) {
            options.data = data
        } else if command.allOptions.contains(.data) {
            throw .missing(Option.data.name, command)
        }
        return options
    }

    private init(command: Subcommand) { self.command = command }

    /// One in brackets may be missing, and of one with dots there may be several.
    private func checkOperands() throws(UsageError) {
        let wanted = (command.operand ?? "").parts(at: " ", omittingEmpty: true).map(String.init)
        let needed = wanted.filter { !$0.hasFirstBytes("[") }
        guard operands.count >= needed.count else { throw .missing(needed[operands.count], command) }
        if wanted.last?.hasLastBytes("…") == true { return }
        guard operands.count <= wanted.count else { throw .unexpected(operands[wanted.count], command) }
    }

    private mutating func take(_ argument: String, from rest: inout ArraySlice<String>) throws(UsageError) {
        let parts = argument.parts(at: "=", maxSplits: 1).map(String.init)
        guard let option = command.allOptions.first(where: { $0.name == parts[0] }) else {
            throw .unknownOption(parts[0], command)
        }
        if option.value.isEmpty {
            guard parts.count == 1 else { throw .unexpectedValue(option.name, command) }
            guard values.updateValue("", forKey: option.name) == nil else { throw .twice(option.name, command) }
            return
        }
        guard let value = parts.count == 2 ? parts[1] : rest.popFirst(), !value.isEmpty else {
            throw .missingValue(option.name, command)
        }
        guard values.updateValue(value, forKey: option.name) == nil else { throw .twice(option.name, command) }
    }
}

/// A command line that makes no sense: exit code 2.
enum UsageError: Explained, Equatable {
    case noCommand
    case unknownCommand(String)
    case unknownOption(String, Subcommand)
    case missing(String, Subcommand)
    case missingValue(String, Subcommand)
    case unexpected(String, Subcommand)
    case unexpectedValue(String, Subcommand)
    /// The word behind the command is none of these.
    case unknownAct(String, [String], Subcommand)
    /// Of these options only one may be given.
    case exclusive([String], Subcommand)
    case twice(String, Subcommand)
    case badValue(Explanation, Subcommand)

    var explanation: Explanation {
        switch self {
        case .noCommand: Explanation("there is no command", hint: "bootstrap-hub --help lists the commands")
        case .unknownCommand(let name):
            Explanation(
                "there is no command \"\(name)\"\(NearestName.suggestion(for: name, among: Subcommand.allCases.map(\.rawValue)))",
                hint: "bootstrap-hub --help lists the commands")
        case .unknownOption(let name, let command):
            explain(
                "there is no option \(name)"
                    + NearestName.suggestion(
                        for: name, among: command.allOptions.map(\.name) + ["--help", "--version"]),
                command)
        case .missing(let name, let command): explain("\(name) is missing", command)
        case .missingValue(let name, let command): explain("\(name) wants a value", command)
        case .unexpected(let word, let command): explain("unexpected argument \"\(word)\"", command)
        case .unexpectedValue(let name, let command): explain("\(name) takes no value", command)
        case .unknownAct(let word, let acts, let command):
            Explanation(
                "there is no \"\(word)\"\(NearestName.suggestion(for: word, among: acts))",
                at: command.rawValue,
                hint:
                    "give one of \(acts.joined(separator: ", ")): bootstrap-hub \(command.rawValue) --help shows their use"
            )
        case .exclusive(let names, let command):
            explain("only one of \(names.joined(separator: " and ")) may be given", command)
        case .twice(let name, let command): explain("\(name) is given twice", command)
        case .badValue(let explanation, _): explanation
        }
    }

    private func explain(_ problem: String, _ command: Subcommand) -> Explanation {
        Explanation(problem, at: command.rawValue, hint: "bootstrap-hub \(command.rawValue) --help shows its use")
    }
}
