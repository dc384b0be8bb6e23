public import Platform

/// A secret that cannot be had from where the config says it is.
public enum SecretError: Explained, Equatable {
    /// The file cannot be read.
    case unreadable(SystemCallError)
    /// The environment variable does not exist.
    case notSet(name: String)
    /// systemd has given this program no credentials.
    case noCredentials(name: String)
    /// Empty, longer than 64 KiB, not UTF-8, or several lines where one is asked for.
    case malformed(place: String, Secret.Form)
    /// It is the hub's to give, and this is no host of its.
    case atHub(name: String)

    /// What was expected where, and a remedy.
    public var explanation: Explanation {
        switch self {
        case .unreadable(let error):
            Explanation(
                "the secret cannot be read: \(error.explanation.problem)", at: error.subject,
                hint: error.explanation.hint)
        case .notSet(let name):
            Explanation(
                "the environment variable with the secret is not set", at: "$\(name)",
                hint: "set \(name) for this program, or name a file in the config: {\"file\": \"/path\"}")
        case .noCredentials(let name):
            Explanation(
                "the secret is a credential of systemd's, and there are none", at: "$CREDENTIALS_DIRECTORY",
                hint:
                    "run this as a service with LoadCredential=\(name):/path, or by hand: sudo systemd-run --pipe --uid=USER "
                    + "-p LoadCredential=\(name):/path PROGRAM")
        case .malformed(let place, .line):
            Explanation(
                "the secret is not one line of text of at most 64 KiB", at: place,
                hint: "write the secret alone, on one line, as UTF-8")
        case .malformed(let place, .text):
            Explanation(
                "the secret is not text of at most 64 KiB", at: place, hint: "write the secret alone, as UTF-8")
        case .atHub(let name):
            Explanation(
                "the secret \(name) is the hub's, and nothing here asks a hub",
                hint: "put it into a file, and name that in the config: {\"file\": \"/path\"}")
        }
    }
}
