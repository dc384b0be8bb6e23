public import Platform

/// Why something could not be fetched or sent.
public enum TransferError: Explained, Equatable {
    /// The address is not one that is taken.
    case refusedAddress(String, String)
    /// The server answered with a status that no further attempt will change.
    case status(url: String, Int)
    /// The transfer itself failed: name, connection, TLS, stall; `code` is libcurl's.
    case connection(url: String, code: Int32, reason: String)
    /// The server sent something other than it announced.
    case wrongAnswer(url: String, reason: String)
    /// The body is longer than it may be.
    case tooLarge(url: String, limit: Int)
    /// It was tried as often, or as long, as it may be.
    case gaveUp(url: String, attempts: Int, last: String, hint: String)
    /// The disk refused.
    case disk(SystemCallError)
    /// The run was stopped.
    case cancelled(url: String)

    /// Words for each case.
    public var explanation: Explanation {
        switch self {
        case .refusedAddress(let url, let reason):
            Explanation(reason, at: url, hint: "use an https: address, or file: for a path on this host")
        case .status(let url, let status):
            Explanation("the server answered \(status)", at: url, hint: Self.hint(status: status))
        case .connection(let url, let code, let reason):
            Explanation(reason, at: url, hint: Self.hint(code: code))
        case .wrongAnswer(let url, let reason):
            Explanation(reason, at: url, hint: "look at what stands between this host and the server: a proxy, a cache")
        case .tooLarge(let url, let limit):
            Explanation("is longer than \(limit) bytes", at: url, hint: "check that the address names what it should")
        case .gaveUp(let url, let attempts, let last, let hint):
            Explanation("gave up after \(attempts) attempts; the last: \(last)", at: url, hint: hint)
        case .disk(let error): error.explanation
        case .cancelled(let url):
            Explanation("the transfer was stopped", at: url, hint: "run again; it goes on where it stopped")
        }
    }

    private static func hint(status: Int) -> String {
        switch status {
        case 401, 403: "check the token or the signature in the address, and what this host may read"
        case 404, 410: "check the address; has it been published, and for this version?"
        case 300..<400: "the server redirects to where it must not, such as plain http: use the final address"
        case 429: "the server asks for patience: run again later"
        case 500...: "the server is in trouble: run again later, or name a mirror"
        default: "try the address with curl -v from this host"
        }
    }

    private static func hint(code: Int32) -> String {
        switch code {
        case 6, 5: "the name does not resolve: getent hosts NAME, and /etc/resolv.conf"
        case 7: "nothing answers there: is the server up, does a firewall stand between?"
        case 28: "no byte came for too long: run again, or look at the link"
        case 60, 35, 51, 58, 77, 83:
            "check the server's certificate and this host's clock (timedatectl); a private authority goes into \"ca_file\""
        default: "try the address with curl -v from this host"
        }
    }
}
