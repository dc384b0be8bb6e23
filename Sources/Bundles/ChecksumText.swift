public import Digests

/// Digests as they are published: a lone digest, or lines as sha256sum(1) writes them.
public struct ChecksumText: Sendable {
    private var byName: [String: Digest] = [:]
    private var alone: Digest?

    /// Reads the text; a byte order mark, CRLF and upper case are no matter.
    public init(_ text: String) {
        let text = text.first == "\u{feff}" ? text.dropFirst() : Substring(text)
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(maxSplits: 1, whereSeparator: \.isWhitespace)
            guard let first = words.first, let digest = Digest(hex: first) else { continue }
            guard words.count == 2 else {
                alone = alone ?? digest
                continue
            }
            let name = words[1].drop { $0.isWhitespace || $0 == "*" }
            byName[name.hasPrefix("./") ? String(name.dropFirst(2)) : String(name)] = digest
        }
    }

    /// The digest of a file: its own line's, a lone one, or that of the only line there is.
    public func digest(of name: String) -> Digest? {
        byName[name] ?? alone ?? (byName.count == 1 ? byName.values.first : nil)
    }

    /// The digest of a file that has a line of its own.
    public func listed(_ name: String) -> Digest? { byName[name] }
}
