import HostConfig

/// `host-bootstrap explain`: what an exit code or a diagnostic's code means, without network.
enum Explain {
    static func run(_ options: CommandLineOptions) throws(UsageError) -> ExitCode {
        guard let word = options.operands.first else {
            let width = (all.map(\.code.utf8.count).max() ?? 0) + 2
            let lines = all.map { code, words in
                "\(code)\(String(repeating: " ", count: width - code.utf8.count))\(words.cause)"
            }
            return Output.print(lines.joined(separator: "\n") + "\n")
        }
        guard let (code, words) = all.first(where: { $0.code == word }) else {
            throw .unknownCode(word, nearest: NearestName.of(word, among: all.map(\.code)))
        }
        return Output.print("\(code)\n\ncause:  \(words.cause)\nremedy: \(words.remedy)\n")
    }

    /// All that it knows.
    static var codes: [String] { all.map(\.code) }

    /// Exit codes first, as those of a failed run are looked for in a hurry.
    private static let all: [(code: String, words: (cause: String, remedy: String))] =
        ExitCode.allCases.map { ("\($0.rawValue)", $0.explanation) }
        + Diagnostic.Code.allCases.sorted { $0.rawValue < $1.rawValue }.map { ($0.rawValue, $0.explanation) }
}
