internal import Platform

/// The address at which hosts reach the hub: scheme and authority, no path.
public struct HubURL: Sendable, Equatable {
    /// As in `https://hub.example.org:8443`.
    public let text: String

    /// Takes `http://` or `https://` with a host and maybe a port; a slash at the end is dropped.
    public init(_ text: String) throws(HubError) {
        let bare = text.hasSuffix("/") ? String(text.dropLast()) : text
        guard let scheme = ["http://", "https://"].first(where: { bare.hasPrefix($0) }),
            Self.isAuthority(bare.dropFirst(scheme.count))
        else { throw .badURL(text) }
        self.text = bare
    }

    private init(scheme: String, authority: String) { text = "\(scheme)://\(authority)" }

    /// The scheme and authority of a longer URL; nil when it has none.
    init?(originOf url: String) {
        let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3, let origin = try? HubURL("\(parts[0])//\(parts[2])") else { return nil }
        self = origin
    }

    static func of(_ address: ListenAddress) -> HubURL {
        HubURL(scheme: address.isSecure ? "https" : "http", authority: address.authority)
    }

    var isSecure: Bool { text.hasPrefix("https://") }

    /// What goes there leaves no machine.
    public var isLoopback: Bool {
        let authority = text.parts(at: "/").last ?? ""
        let name = authority.hasPrefix("[") ? "\(authority.prefix { $0 != "]" })]" : "\(authority.prefix { $0 != ":" })"
        return name == "localhost" || name == "[::1]" || name.hasPrefix("127.") && ListenAddress.isNumber(name)
    }

    /// As the client sees the hub: its Host header, and X-Forwarded-Proto when a proxy that is believed sends it.
    static func seen(by request: HTTPRequest, listening: ListenAddress) -> HubURL {
        guard let host = request.headers["host"], isAuthority(host) else { return of(listening) }
        return HubURL(scheme: request.isSecure ? "https" : "http", authority: host)
    }

    /// A name or an IPv6 number in brackets, and maybe a port.
    private static func isAuthority(_ text: some StringProtocol) -> Bool {
        var rest = Substring(text)
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            let number = rest[rest.index(after: rest.startIndex)..<end]
            guard !number.isEmpty, number.allSatisfy({ $0.isASCII && ($0.isHexDigit || ":.".contains($0)) }) else {
                return false
            }
            rest = rest[rest.index(after: end)...]
        } else {
            let end = rest.firstIndex(of: ":") ?? rest.endIndex
            guard SafeName.isValid(rest[..<end], alsoIn: ".-_") else { return false }
            rest = rest[end...]
        }
        return rest.isEmpty || (rest.first == ":" && UInt16(rest.dropFirst()) != nil)
    }
}
