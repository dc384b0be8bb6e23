import HostConfig
import Platform
import Transfer

/// What the command line asks for.
struct CommandLineOptions: Equatable {
    var command = Subcommand.apply
    /// What stands on the line without a dash, after the command.
    var operands: [String] = []
    private(set) var flags: Set<String> = []
    private(set) var values: [String: [String]] = [:]

    func has(_ flag: String) -> Bool { flags.contains(flag) }
    func all(_ option: String) -> [String] { values[option] ?? [] }
    func last(_ option: String) -> String? { values[option]?.last }

    /// Reads the arguments, without the program's name.
    static func parse(_ arguments: [String]) throws(UsageError) -> CommandLineOptions {
        var options = CommandLineOptions()
        var rest = arguments[...]
        if let first = rest.first, !first.hasPrefix("-") {
            guard let command = Subcommand(rawValue: first) else { throw .unknownCommand(first) }
            options.command = command
            rest = rest.dropFirst()
        }
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("-"), argument != "-" else {
                options.operands.append(argument)
                continue
            }
            try options.take(argument, from: &rest)
        }
        try options.checkOperands()
        return options
    }

    private mutating func take(_ argument: String, from rest: inout ArraySlice<String>) throws(UsageError) {
        let parts = argument.parts(at: "=", maxSplits: 1).map(String.init)
        let name = parts[0] == "-h" ? "--help" : parts[0]
        guard let option = (command.options + Option.everywhere).first(where: { $0.name == name }) else {
            throw .unknownOption(name, command)
        }
        guard option.value != nil else {
            guard parts.count == 1 else { throw .unexpectedValue(name, command) }
            flags.insert(name)
            return
        }
        guard let value = parts.count == 2 ? parts[1] : rest.popFirst() else { throw .missingValue(name, command) }
        guard option.isRepeatable || values[name] == nil else { throw .twice(name, command) }
        values[name, default: []].append(value)
    }

    private func checkOperands() throws(UsageError) {
        if has("--help") || has("--version") { return }
        let most = command.operands.count + command.optionalOperands.count
        guard operands.count >= command.operands.count else {
            throw .missingOperand(command.operands[operands.count], command)
        }
        guard operands.count <= most else { throw .unexpectedOperand(operands[most], command) }
        for option in command.options where option.isRequired && values[option.name] == nil {
            throw .missingOption(option.name, command)
        }
    }
}

/// A command line that makes no sense: exit code 2.
enum UsageError: Explained, Equatable {
    case unknownCommand(String)
    case unknownOption(String, Subcommand)
    case unknownCode(String, nearest: String?)
    case missingOption(String, Subcommand)
    case missingValue(String, Subcommand)
    case unexpectedValue(String, Subcommand)
    /// The option or variable, what it was given, and what it takes.
    case badValue(String, String, expected: String)
    case badAddress(TransferError)
    /// Of these options only one may be given.
    case exclusive([String], Subcommand)
    /// No file that `plan --json` wrote.
    case noPlan(path: String)
    case unreadablePlan(SystemCallError)
    case twice(String, Subcommand)
    case missingOperand(String, Subcommand)
    case unexpectedOperand(String, Subcommand)

    var explanation: Explanation {
        switch self {
        case .unknownCommand(let name):
            Explanation(
                "there is no command \"\(name)\"\(NearestName.suggestion(for: name, among: Subcommand.shown.map(\.rawValue)))",
                hint: (try? FileStatus.of(name)) == .some(nil)
                    ? "host-bootstrap --help lists the commands"
                    : "host-bootstrap apply --config \(ShellWord.plain(name)) applies that file")
        case .unknownOption(let name, let command):
            explain(
                "there is no option \(name)"
                    + NearestName.suggestion(for: name, among: (command.options + Option.everywhere).map(\.name)),
                command)
        case .unknownCode(let code, let nearest):
            Explanation(
                "there is no code \"\(code)\"\(nearest.map { "; did you mean \"\($0)\"?" } ?? "")", at: "explain",
                hint: "host-bootstrap explain lists them")
        case .missingOption(let name, let command): explain("\(name) is missing", command)
        case .missingValue(let name, let command): explain("\(name) wants a value", command)
        case .unexpectedValue(let name, let command): explain("\(name) takes no value", command)
        case .badValue(let name, let value, let expected):
            Explanation("\(name) does not take \"\(value)\"", hint: "give it \(expected)")
        case .badAddress(let error): error.explanation
        case .exclusive(let names, let command):
            explain("only one of \(names.joined(separator: ", ")) may be given", command)
        case .noPlan(let path):
            Explanation(
                "is no plan", at: path,
                hint: "make one: host-bootstrap plan --config FILE --json >\(ShellWord.plain(path))")
        case .unreadablePlan(let error): error.explanation
        case .twice(let name, let command): explain("\(name) is given twice", command)
        case .missingOperand(let name, let command): explain("\(name) is missing", command)
        case .unexpectedOperand(let word, let command): explain("unexpected argument \"\(word)\"", command)
        }
    }

    private func explain(_ problem: String, _ command: Subcommand) -> Explanation {
        Explanation(problem, at: command.rawValue, hint: "host-bootstrap \(command.rawValue) --help shows its use")
    }
}
