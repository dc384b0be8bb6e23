/// A proxy, as a variable of the environment names it: `[SCHEME://][USER[:PASSWORD]@]HOST[:PORT]`.
///
/// Read more strictly than by the programs that use it: with a raw `@` in a password each takes another part of it for
/// the host, and tells that.
public struct ProxyAddress: Sendable, Hashable {
    static let schemes = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"]

    /// The variable that names it.
    public let variable: String
    /// One of those that libcurl knows.
    public let scheme: String
    /// Name or address, IPv6 without brackets.
    public let host: String
    /// The port; without one in the address it is what libcurl takes.
    public let port: Int
    /// `USER[:PASSWORD]`, percent-encoded.
    public let credentials: String?

    /// Reads a variable's text; user and password in it are hidden from then on, even when it is refused.
    public init(_ text: String, variable: String) throws(ProxyError) {
        self.variable = variable
        let mark = text.firstRange(of: "://")
        let rest = mark.map { text[$0.upperBound...] } ?? text[...]
        Self.remember(rest)
        guard text.utf8.allSatisfy({ (0x21..<0x7f).contains($0) }) else {
            throw .malformed(variable: variable, reason: "holds a space, or a character that addresses do not have")
        }
        scheme = mark.map { text[..<$0.lowerBound].lowercased() } ?? "http"
        guard Self.schemes.contains(scheme) else { throw .unknownScheme(variable: variable) }
        let authority = rest.prefix { !"/?#".contains($0) }
        guard !rest.dropFirst(authority.count).contains("@") else {
            throw .malformed(variable: variable, reason: "has a raw /, ? or # in its user or password")
        }
        let user = authority.lastIndex(of: "@").map { authority[..<$0] }
        credentials = user.map(String.init)
        if let user { try Self.check(user, variable) }
        let place = user.map { authority.dropFirst($0.count + 1) } ?? authority
        guard let (host, port) = Self.split(place) else {
            throw .malformed(variable: variable, reason: "has no host and port behind its user and password")
        }
        self.host = host
        self.port = port ?? (scheme == "https" ? 443 : 1080)
    }

    /// With user and password, as programs take it; nobody else is to see it.
    public var text: String { "\(scheme)://\(credentials.map { "\($0)@" } ?? "")\(place)" }

    private var place: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    private static func check(_ user: Substring, _ variable: String) throws(ProxyError) {
        guard !user.contains("@") else {
            throw .malformed(variable: variable, reason: "has a raw @ in its user or password")
        }
        guard user.percentDecoded != nil else {
            throw .malformed(
                variable: variable, reason: "has a % in its user or password without two hexadecimal digits behind it")
        }
    }

    private static func split(_ place: Substring) -> (String, Int?)? {
        let isBracketed = place.hasPrefix("[")
        let host = isBracketed ? place.dropFirst().prefix { $0 != "]" } : place.prefix { $0 != ":" }
        let isGood = host.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20)
                || (isBracketed ? ":." : ".-_").utf8.contains(byte)
        }
        guard isGood, !host.isEmpty else { return nil }
        var rest = place[host.endIndex...]
        if isBracketed, rest.popFirst() != "]" { return nil }
        if rest.isEmpty { return (String(host), nil) }
        guard rest.popFirst() == ":", rest.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = Int(rest), (1...65535).contains(port)
        else { return nil }
        return (String(host), port)
    }

    /// In whatever way another program may read it.
    private static func remember(_ rest: Substring) {
        guard let at = rest.lastIndex(of: "@") else { return }
        let user = rest[..<at]
        let password = user.firstIndex(of: ":").map { user[user.index(after: $0)...] } ?? user
        for text in [user, password] {
            RevealedSecrets.remember(String(text))
            if let plain = text.percentDecoded { RevealedSecrets.remember(plain) }
        }
    }
}

extension ProxyAddress: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Without user and password, fit for people and logs.
    public var description: String { "\(scheme)://\(place)" }

    /// The same as ``description``.
    public var debugDescription: String { description }

    /// Nothing but ``description``, so that dumps hold no secret.
    public var customMirror: Mirror { Mirror(self, children: ["address": description]) }
}

extension Substring {
    /// Nil when a `%` has no two hexadecimal digits behind it, or they are those of NUL.
    fileprivate var percentDecoded: String? {
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = Array(rest.prefix(2))
            guard digits.count == 2, digits[0] != UInt8(ascii: "+"), digits[0] != UInt8(ascii: "-"),
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16), value != 0
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
