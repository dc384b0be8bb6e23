/// A URL, read strictly, that prints itself without what may be secret in it.
public struct WebAddress: Sendable, Hashable {
    /// The schemes that occur.
    public enum Scheme: String, Sendable, CaseIterable {
        case https, http, file, wss, ws
    }

    /// What an address is for, hence which schemes it may have.
    public enum Purpose: Sendable, CaseIterable {
        /// `https:`, `file:`, or `http:` to this machine.
        case download
        /// `https:`, or `http:` to this machine.
        case report
        /// `wss:` or `https:`, or `ws:` or `http:` to this machine.
        case messages
        /// `https:` or `http:` to anywhere: nothing is trusted that comes from there.
        case health
    }

    /// The whole address as it was written; may carry secrets, so it goes to libcurl and nowhere else.
    public let text: String
    /// The scheme, which must be written in lower case.
    public let scheme: Scheme
    /// Host name or address as written, IPv6 without brackets; empty for `file:`.
    public let host: String
    /// The port, if one was written.
    public let port: Int?
    /// The path, still percent-encoded; may be empty.
    public let path: String

    /// Reads an address and checks that it is fit for the purpose.
    public init(_ text: String, for purpose: Purpose = .download) throws(WebAddressError) {
        guard text.utf8.count <= 8192, Self.characters.covers(text), Self.hasGoodEscapes(text) else {
            throw .malformed
        }
        let name = text.prefix { $0 != ":" }
        guard text.dropFirst(name.count).hasPrefix("://") else { throw .malformed }
        guard let scheme = Scheme(rawValue: String(name)) else { throw .scheme(purpose) }
        let rest = text.dropFirst(name.count + 3)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        self.text = text
        self.scheme = scheme
        path = String(rest.dropFirst(authority.count).prefix { $0 != "?" })
        guard !rest.dropFirst(authority.count).contains(where: { $0 == "[" || $0 == "]" }) else { throw .malformed }
        (host, port) = scheme == .file ? ("", nil) : try Self.split(authority)
        if scheme == .file {
            guard authority.isEmpty, path.count == rest.count else { throw .malformed }
            guard let filePath, filePath.isNormalAbsolutePath else { throw .path }
        }
        guard purpose.allows(scheme, toThisMachine: Self.isLoopback(host)) else { throw .scheme(purpose) }
    }

    /// The path on this machine that a `file:` address names, percent-decoded; nil for the other schemes.
    public var filePath: String? {
        guard scheme == .file else { return nil }
        var bytes: [UInt8] = []
        var rest = path.utf8[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), let decoded = UInt8(String(Substring(digits)), radix: 16) {
                bytes.append(decoded)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension WebAddress: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The address without user, password and query, fit for logs.
    public var description: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return "\(scheme.rawValue)://\(name)\(port.map { ":\($0)" } ?? "")\(path)"
    }

    /// The same as ``description``.
    public var debugDescription: String { description }

    /// Nothing but ``description``, so that dumps hold no secret.
    public var customMirror: Mirror { Mirror(self, children: ["address": description]) }
}

extension WebAddress.Purpose {
    /// The schemes in words, for diagnostics.
    var words: String {
        switch self {
        case .download: "https:, file:, or http: to a loopback address"
        case .report: "https:, or http: to a loopback address"
        case .messages: "wss: or https:, or ws: or http: to a loopback address"
        case .health: "https: or http:"
        }
    }

    func allows(_ scheme: WebAddress.Scheme, toThisMachine: Bool) -> Bool {
        switch scheme {
        case .https: true
        case .http: toThisMachine || self == .health
        case .file: self == .download
        case .wss: self == .messages
        case .ws: self == .messages && toThisMachine
        }
    }
}
