public import Platform

/// Why a step failed, with all that the person on call needs.
public struct StepFailure: Explained {
    /// Kinds of failure that change the exit code or what happens next.
    public enum Kind: String, Sendable, Codable {
        /// It went wrong.
        case failed
        /// A checksum, signature, manifest or archive was refused.
        case integrity
        /// A unit does not do what it is there for.
        case unhealthy
        /// It did not end within its time.
        case timedOut
        /// The run was stopped.
        case cancelled
    }

    /// The kind of failure.
    public let kind: Kind
    /// Problem, place and hint.
    public let explanation: Explanation

    /// Makes a failure from its parts.
    public init(_ kind: Kind = .failed, _ explanation: Explanation) {
        self.kind = kind
        self.explanation = explanation
    }

    /// Wraps a room's error once, at the step.
    public init(_ error: some Explained) {
        self.init(.failed, error.explanation)
    }
}
