import HostConfig

/// `host-bootstrap explain`: what a diagnostic's code means, without network.
enum Explain {
    static func run(_ options: CommandLineOptions) throws(UsageError) -> ExitCode {
        guard let word = options.operands.first else {
            let width = (codes.map(\.rawValue.utf8.count).max() ?? 0) + 2
            let lines = codes.map { code in
                let padding = String(repeating: " ", count: width - code.rawValue.utf8.count)
                return "\(code.rawValue)\(padding)\(code.explanation.cause)"
            }
            return Output.print(lines.joined(separator: "\n") + "\n")
        }
        guard let code = Diagnostic.Code(rawValue: word) else { throw .unknownCode(word, nearest: nearest(to: word)) }
        let (cause, remedy) = code.explanation
        return Output.print("\(code.rawValue)\n\ncause:  \(cause)\nremedy: \(remedy)\n")
    }

    private static let codes = Diagnostic.Code.allCases.sorted { $0.rawValue < $1.rawValue }

    private static func nearest(to word: String) -> String? {
        NearestName.of(word, among: codes.map(\.rawValue))
    }
}
