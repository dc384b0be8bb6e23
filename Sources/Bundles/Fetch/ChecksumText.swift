public import Digests
import Platform

/// Digests as they are published: a lone digest, lines as sha256sum(1) writes them, as BSD's sha256(1) does, or as
/// PowerShell shows what Get-FileHash gives.
public struct ChecksumText: Sendable {
    private var byName: [PathBytes: Set<Digest>] = [:]
    private var alone: Set<Digest> = []
    private var sizes: [PathBytes: Set<Int64>] = [:]

    /// Reads a text in UTF-8.
    public init(_ text: String) { self.init(bytes: Array(text.utf8)) }

    /// Reads the bytes of a file; a byte order mark, UTF-16, CRLF and upper case are no matter.
    public init(bytes: [UInt8]) {
        let bytes = PublishedEncoding.utf8(bytes)
        for line in bytes.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
            if let (name, size) = Self.sized(line) {
                sizes[name, default: []].insert(size)
                continue
            }
            guard let (name, digest) = Self.tagged(line) ?? Self.shown(line) ?? Self.plain(line) else { continue }
            if let name { byName[name, default: []].insert(digest) } else { alone.insert(digest) }
        }
    }

    /// The digest of a file: its own line's, a lone one, or that of the only file there is.
    ///
    /// Nil when there is none, or when there are several that differ.
    public func digest(of name: String) -> Digest? {
        if let own = byName[PathBytes(name)] { return Self.strongest(own) }
        if !alone.isEmpty { return Self.strongest(alone) }
        return byName.count == 1 ? byName.values.first.flatMap(Self.strongest) : nil
    }

    /// The length of a file, in bytes; nil when it is not told, or told in different ways.
    public func size(of name: String) -> Int64? {
        let lengths = sizes[PathBytes(name)] ?? []
        return lengths.count == 1 ? lengths.first : nil
    }

    /// The digest of a file that has a line of its own.
    public func listed(_ name: String) -> Digest? { byName[PathBytes(name)].flatMap(Self.strongest) }

    /// One may be published by several functions; by one of them there must be but one.
    private static func strongest(_ digests: Set<Digest>) -> Digest? {
        let best = digests.filter { $0.algorithm == .sha512 }
        let candidates = best.isEmpty ? digests : best
        return candidates.count == 1 ? candidates.first : nil
    }

    // MARK: Lines

    /// `HEX  NAME`, `HEX *NAME` or a lone `HEX`, each perhaps as `sha256:HEX`; a name with a line break or backslash is
    /// escaped, as coreutils do.
    private static func plain(_ line: ArraySlice<UInt8>) -> (PathBytes?, Digest)? {
        let isEscaped = line.first == UInt8(ascii: "\\")
        let line = line.dropFirst(isEscaped ? 1 : 0).drop(while: isBlank)
        guard let digest = Digest(published: text(line.prefix { !isBlank($0) })) else { return nil }
        let name = line.drop { !isBlank($0) }.drop { isBlank($0) || $0 == UInt8(ascii: "*") }
        if name.isEmpty { return (nil, digest) }
        return (Self.name(isEscaped ? unescaped(name) : Array(name)), digest)
    }

    /// `SHA256 (NAME) = HEX`.
    private static func tagged(_ line: ArraySlice<UInt8>) -> (PathBytes?, Digest)? {
        guard let open = line.firstRange(of: Array(" (".utf8)), let end = line.ranges(of: Array(") = ".utf8)).last,
            open.upperBound <= end.lowerBound,
            let digest = Digest(hex: text(line[end.upperBound...].filter { !isBlank($0) }[...])),
            isName(line[..<open.lowerBound], of: digest)
        else { return nil }
        return (name(Array(line[open.upperBound..<end.lowerBound])), digest)
    }

    /// `SIZE (NAME) = BYTES`, as FreeBSD's ports have it beside the line with the digest.
    private static func sized(_ line: ArraySlice<UInt8>) -> (PathBytes, Int64)? {
        guard line.starts(with: "SIZE (".utf8), let end = line.ranges(of: Array(") = ".utf8)).last,
            let size = Int64(text(line[end.upperBound...].filter { !isBlank($0) }[...])), size > 0
        else { return nil }
        return (name(Array(line[line.index(line.startIndex, offsetBy: 6)..<end.lowerBound])), size)
    }

    /// `SHA256   HEX   C:\FOLDER\NAME`, a row of PowerShell's table, or `Hash : HEX`, a line of its list.
    private static func shown(_ line: ArraySlice<UInt8>) -> (PathBytes?, Digest)? {
        let words = line.split(maxSplits: 2, whereSeparator: isBlank)
        guard words.count == 3 else { return nil }
        if text(words[0]).lowercased() == "hash", words[1].elementsEqual(":".utf8) {
            return Digest(hex: text(words[2].filter { !isBlank($0) }[...])).map { (nil, $0) }
        }
        guard let digest = Digest(hex: text(words[1])), isName(words[0], of: digest) else { return nil }
        let path = words[2].drop(while: isBlank).reversed().drop(while: isBlank)
        let name = path.prefix { $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: "/") }
        return (PathBytes(name.reversed()), digest)
    }

    private static func isName(_ word: ArraySlice<UInt8>, of digest: Digest) -> Bool {
        text(word).lowercased().filter { $0 != "-" } == digest.algorithm.rawValue
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func name(_ name: [UInt8]) -> PathBytes {
        PathBytes(name.starts(with: "./".utf8) ? name.dropFirst(2) : name[...])
    }

    private static func unescaped(_ name: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        var isAfterBackslash = false
        for byte in name {
            if isAfterBackslash {
                let breaks = [UInt8(ascii: "n"): UInt8(ascii: "\n"), UInt8(ascii: "r"): UInt8(ascii: "\r")]
                bytes.append(breaks[byte] ?? byte)
                isAfterBackslash = false
            } else if byte == UInt8(ascii: "\\") {
                isAfterBackslash = true
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}
