public import Platform

/// Something that the config asks for and that the host lacks, although the run ended well.
public struct Shortcoming: Sendable, Codable, Equatable {
    /// What lacks it: a step, an option of the command line, a part of the run.
    public let what: String
    /// What is lacking, and why.
    public let error: String
    /// What to do about it.
    public let hint: String

    /// Names one; secrets are left out of its words.
    public init(_ what: String, _ explanation: Explanation) {
        self.what = what
        error = RevealedSecrets.hidden(in: explanation.summary)
        hint = RevealedSecrets.hidden(in: explanation.hint)
    }
}
