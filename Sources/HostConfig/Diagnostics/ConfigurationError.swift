public import Platform

/// A config file that cannot be used, with all that is wrong with it.
public struct ConfigurationError: Explained, Equatable, CustomStringConvertible {
    /// Every mistake, in the file's order; never empty.
    public let diagnostics: [Diagnostic]

    /// The first mistake, and how many more there are.
    public var explanation: Explanation {
        guard let first = diagnostics.first else {
            return Explanation("the config is invalid", hint: "run `host-bootstrap check --config FILE`")
        }
        let field = first.path.isEmpty ? "" : "\(first.path): "
        let more = diagnostics.count > 1 ? " (and \(diagnostics.count - 1) more)" : ""
        return Explanation(
            "\(field)\(first.message)\(more)", at: first.place,
            hint: "correct the config; `host-bootstrap check --config FILE` lists every mistake and touches nothing")
    }

    /// All diagnostics, one a line.
    public var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}
