public import Platform

/// Why root did not do what it was asked for.
public enum PrivilegedError: Explained, Equatable {
    /// The helper cannot be started, or ended by itself.
    case noHelper(reason: String)
    /// One side sent what is no message; nothing that was asked for can be trusted to be answered.
    case garbled(String)
    /// It was stopped before the helper was asked.
    case cancelled
    /// The helper refused or failed; these are its words.
    case failed(Explanation)
    /// A request that the helper does not do, and what to change so that it is not asked for.
    case refused(what: String, place: String, hint: String)

    /// Words for each case.
    public var explanation: Explanation {
        switch self {
        case .noHelper(let reason):
            Explanation(
                "the helper that acts as root does not run: \(reason)", at: "sudo",
                hint: reason.contains("must have a tty")
                    ? "as root: echo 'Defaults:#\(Account.currentUser) !requiretty' >>/etc/sudoers.d/90-requiretty"
                    : "host-bootstrap preflight --config FILE shows what is missing, and how to allow it")
        case .garbled(let what):
            Explanation(
                "the helper's answer is not readable: \(what)", at: "privileged-helper",
                hint:
                    "something prints into sudo's output: look at root's .bashrc and at sudo's plugins, then run again")
        case .cancelled:
            Explanation("stopped before it began", at: "privileged-helper", hint: "run again")
        case .failed(let explanation): explanation
        case .refused(let what, let place, let hint): Explanation("refused: \(what)", at: place, hint: hint)
        }
    }
}
