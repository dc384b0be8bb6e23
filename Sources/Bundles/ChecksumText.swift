public import Digests

/// Digests as they are published: a lone digest, lines as sha256sum(1) writes them, or as BSD's sha256(1) does.
public struct ChecksumText: Sendable {
    private var byName: [String: Set<Digest>] = [:]
    private var alone: Set<Digest> = []

    /// Reads the text; a byte order mark, CRLF and upper case are no matter.
    public init(_ text: String) {
        let text = text.first == "\u{feff}" ? text.dropFirst() : Substring(text)
        for line in text.split(whereSeparator: \.isNewline) {
            guard let (name, digest) = Self.tagged(line) ?? Self.plain(line) else { continue }
            if let name { byName[name, default: []].insert(digest) } else { alone.insert(digest) }
        }
    }

    /// The digest of a file: its own line's, a lone one, or that of the only file there is.
    ///
    /// Nil when there is none, or when there are several that differ.
    public func digest(of name: String) -> Digest? {
        if let own = byName[name] { return Self.strongest(own) }
        if !alone.isEmpty { return Self.strongest(alone) }
        return byName.count == 1 ? byName.values.first.flatMap(Self.strongest) : nil
    }

    /// The digest of a file that has a line of its own.
    public func listed(_ name: String) -> Digest? { byName[name].flatMap(Self.strongest) }

    /// One may be published by several functions; by one of them there must be but one.
    private static func strongest(_ digests: Set<Digest>) -> Digest? {
        let best = digests.filter { $0.algorithm == .sha512 }
        let candidates = best.isEmpty ? digests : best
        return candidates.count == 1 ? candidates.first : nil
    }

    /// `HEX  NAME`, `HEX *NAME` or a lone `HEX`; a name with a line break or backslash is escaped, as coreutils do.
    private static func plain(_ line: Substring) -> (String?, Digest)? {
        let isEscaped = line.first == "\\"
        let words = line.dropFirst(isEscaped ? 1 : 0).split(maxSplits: 1, whereSeparator: \.isWhitespace)
        guard let first = words.first, let digest = Digest(hex: first) else { return nil }
        guard words.count == 2 else { return (nil, digest) }
        let name = words[1].drop { $0.isWhitespace || $0 == "*" }
        return (Self.name(isEscaped ? Self.unescaped(name) : String(name)), digest)
    }

    /// `SHA256 (NAME) = HEX`.
    private static func tagged(_ line: Substring) -> (String?, Digest)? {
        guard let open = line.firstRange(of: " ("), let end = line.ranges(of: ") = ").last,
            open.upperBound <= end.lowerBound,
            let digest = Digest(hex: line[end.upperBound...].split(whereSeparator: \.isWhitespace).joined())
        else { return nil }
        let function = line[..<open.lowerBound].lowercased().filter { $0 != "-" }
        guard function == digest.algorithm.rawValue else { return nil }
        return (name(String(line[open.upperBound..<end.lowerBound])), digest)
    }

    private static func name(_ name: String) -> String { name.hasPrefix("./") ? String(name.dropFirst(2)) : name }

    private static func unescaped(_ name: Substring) -> String {
        var text = ""
        var isAfterBackslash = false
        for character in name {
            if isAfterBackslash {
                text.append(character == "n" ? "\n" : character == "r" ? "\r" : character)
                isAfterBackslash = false
            } else if character == "\\" {
                isAfterBackslash = true
            } else {
                text.append(character)
            }
        }
        return text
    }
}
