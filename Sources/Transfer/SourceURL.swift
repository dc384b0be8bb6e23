internal import Digests
import Platform

/// An address that may be fetched from: `https:`, `file:`, or `http:` to a loopback address.
public struct SourceURL: Sendable, Hashable, CustomStringConvertible {
    /// The whole address, with what may be secret in it.
    let text: String
    /// `https`, `http` or `file`.
    public let scheme: String
    /// The host's name or address without brackets; empty for files.
    public let host: String
    /// The path, from its first slash on, without query.
    public let path: String
    /// Scheme, host and port in one spelling: whom a secret for this address may be shown to.
    let origin: String
    private let query: String

    /// Reads and checks an address.
    public init(_ text: String) throws(TransferError) { try self.init(text, plainHTTP: false) }

    /// An address that is only asked how it is: nothing of the answer is used, so plain http will do.
    public init(probing text: String) throws(TransferError) { try self.init(text, plainHTTP: true) }

    /// An address at which a cloud's machine asks about itself: the machine below answers, and no network lies between.
    init(metadata path: String, at server: String) throws(TransferError) {
        try self.init("http://\(server)\(path)", plainHTTP: server == InstanceMetadata.server)
    }

    private init(_ text: String, plainHTTP: Bool) throws(TransferError) {
        guard text.unicodeScalars.allSatisfy({ $0.isASCII && $0.value > 32 && $0.value != 127 }),
            let colon = text.range("://")
        else { throw .refusedAddress(text.shown, "is no address") }
        self.text = text
        scheme = text[..<colon.lowerBound].lowercased()
        let rest = text[colon.upperBound...].prefix { $0 != "#" }
        let slash = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority = rest[..<slash]
        host = Self.host(in: authority)
        let port = Self.port(in: authority) ?? (scheme == "http" ? "80" : "443")
        origin = "\(scheme)://\(host.lowercased()):\(port)"
        let tail = rest[slash...]
        let mark = tail.firstIndex(of: "?") ?? tail.endIndex
        path = tail[..<mark].isEmpty ? "/" : String(tail[..<mark])
        query = String(tail[mark...])
        if let user = authority.lastIndex(of: "@").map({ authority[..<$0] }) {
            if let colon = user.firstIndex(of: ":") {
                RevealedSecrets.remember(String(user[user.index(after: colon)...]))
            }
            guard !user.contains("@") else {
                throw .refusedAddress(text.shown, "has a raw @ in its user or password")
            }
        }
        guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), Int(port).map({ $0 <= 65535 }) == true else {
            throw .refusedAddress(text.shown, "has something other than a port behind its host")
        }
        switch scheme {
        case "https" where !host.isEmpty: break
        case "file" where host.isEmpty && path != "/": break
        case "http" where plainHTTP || Self.isLoopback(host): break
        case "http": throw .refusedAddress(text.shown, "plain http is for loopback addresses only")
        default: throw .refusedAddress(text.shown, "only https:, file:, and http: to loopback are taken")
        }
    }

    /// The address without query and user, fit for people and logs.
    public var description: String { text.withoutQuery }

    /// The same address with more on its path; the query is kept, as signed addresses need it.
    public func appendingToPath(_ suffix: String) throws(TransferError) -> SourceURL {
        let bare = text.prefix { $0 != "?" && $0 != "#" }
        return try SourceURL(bare + suffix + query)
    }

    /// The address that a text at this one names: a whole address, or one relative to this.
    ///
    /// A server cannot lead to a file of this host.
    public func resolving(_ reference: String) throws(TransferError) -> SourceURL {
        let bare = text.prefix { $0 != "?" && $0 != "#" }
        let authority = bare.range("://").map { start in
            bare[..<start.upperBound] + bare[start.upperBound...].prefix { $0 != "/" }
        }
        let resolved: SourceURL
        if reference.range("://") != nil {
            resolved = try SourceURL(reference)
        } else if reference.hasPrefix("//") {
            resolved = try SourceURL("\(scheme):\(reference)")
        } else if reference.hasPrefix("/") {
            resolved = try SourceURL("\(authority ?? "")\(reference)")
        } else {
            let folder = bare[...(bare.lastIndex(of: "/") ?? bare.startIndex)]
            resolved = try SourceURL("\(folder)\(reference)")
        }
        guard resolved.scheme != "file" || scheme == "file" else {
            throw .refusedAddress(reference.shown, "a server may not name a file of this host")
        }
        return resolved
    }

    /// The last part of the path.
    public var fileName: String { Files.name(of: path) }

    private static func host(in authority: Substring) -> String {
        let afterUser = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        if afterUser.first == "[" { return String(afterUser.dropFirst().prefix { $0 != "]" }) }
        return String(afterUser.prefix { $0 != ":" })
    }

    private static func port(in authority: Substring) -> Substring? {
        let afterHost = authority.split(separator: "@").last?.split(separator: "]").last ?? ""
        guard let colon = afterHost.lastIndex(of: ":") else { return nil }
        let digits = afterHost[afterHost.index(after: colon)...].drop { $0 == "0" }
        return digits.isEmpty ? nil : digits
    }

    /// A digest of the whole address, which tells two apart and gives no secret away.
    var fingerprint: String { Digest.of(text.utf8).hex }

    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}

extension StringProtocol {
    fileprivate func range(_ needle: String) -> Range<String.Index>? {
        guard let start = indices.first(where: { self[$0...].hasPrefix(needle) }) else { return nil }
        return start..<index(start, offsetBy: needle.count)
    }
}

extension String {
    /// A text that may be no address, as far as it may be shown.
    fileprivate var shown: String {
        let one = String(map { $0.isWhitespace ? "_" : $0 })
        let address = one.contains("://") ? one : "://\(one)"
        let hidden = AddressSecrets.hidden(in: address)
        return String((one.contains("://") ? hidden[...] : hidden.dropFirst(3)).prefix { $0 != "?" }.prefix(300))
    }

    /// Without query, fragment and user: what may hold a secret.
    fileprivate var withoutQuery: String {
        let bare = prefix { $0 != "?" && $0 != "#" }
        guard let scheme = String(bare).range("://") else { return String(bare) }
        let rest = bare[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" }
        guard let at = authority.lastIndex(of: "@") else { return String(bare) }
        return String(bare[..<scheme.upperBound] + rest[rest.index(after: at)...])
    }
}
