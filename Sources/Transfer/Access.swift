/// What one server wants to see before it gives something: a header with a secret in it.
///
/// It goes to that server alone, by scheme, host and port: no mirror elsewhere and no redirect's target gets it.
public struct Access: Sendable, Equatable {
    /// Nothing: for all that is public.
    public static let open = Access(line: nil, origin: "")

    private let line: String?
    private let origin: String

    private init(line: String?, origin: String) {
        self.line = line
        self.origin = origin
    }

    /// Takes one line of text for the server of an address.
    ///
    /// `NAME: VALUE` is a whole header; text with a space in it is what `Authorization` says, such as `Basic dXNlcg==`;
    /// any other is a bearer token.
    public init(_ secret: String, for url: SourceURL) throws(TransferError) {
        guard !secret.isEmpty, secret.utf8.allSatisfy({ (0x20..<0x7f).contains($0) }) else {
            throw .refusedHeader("is not one line of printable characters")
        }
        let name = secret.prefix { $0 != ":" }
        let isHeader = !name.isEmpty && name.allSatisfy { $0.isLetter || $0.isNumber || "-_".contains($0) }
        if isHeader, secret.dropFirst(name.count).hasPrefix(": ") {
            guard !Self.ours.contains(name.lowercased()) else { throw .refusedHeader("\(name) is not to be set") }
            self.init(line: secret, origin: url.origin)
        } else {
            let value = secret.contains(" ") ? secret : "Bearer \(secret)"
            self.init(line: "Authorization: \(value)", origin: url.origin)
        }
    }

    /// The headers by which a transfer works.
    private static let ours: Set = [
        "accept-encoding", "connection", "content-length", "host", "if-range", "range", "transfer-encoding",
    ]

    /// The header for an address, if it is this server's.
    func header(for url: SourceURL) -> String? { url.origin == origin ? line : nil }
}

extension Access: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Whether there is one, and no more.
    public var description: String { line == nil ? "open" : "‹secret›" }

    /// The same as ``description``.
    public var debugDescription: String { description }

    /// Has no children, so that dumps show nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
