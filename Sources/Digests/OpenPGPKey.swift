internal import FoundationEssentials
internal import Platform

/// One or more public keys as OpenPGP exchanges them (RFC 9580, 10.1), binary or in armor; nothing secret, and nothing else.
public struct OpenPGPKey: Sendable, Equatable {
    /// Its packets.
    public let bytes: [UInt8]

    /// No longer key is taken; Debian's whole keyring has half as much.
    public static let sizeLimit = 128 << 10

    /// Reads what `gpg --export` writes, with or without `--armor`; nil when it is anything else.
    public init?(_ text: [UInt8]) {
        guard text.count <= Self.sizeLimit else { return nil }
        let isBinary = text.first.map { $0 & 0x80 != 0 } ?? false
        guard let bytes = isBinary ? text : Self.unarmored(text), Self.arePublic(bytes) else { return nil }
        self.bytes = bytes
    }

    private static let begin = "-----BEGIN PGP PUBLIC KEY BLOCK-----"
    private static let end = "-----END PGP PUBLIC KEY BLOCK-----"

    /// The lines of the armor, without a checksum, which nobody needs (RFC 9580, 6.1).
    public var armorLines: [String] {
        let text = Data(bytes).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
        return [Self.begin, ""] + text.byteLines.map(String.init) + [Self.end]
    }

    /// What one armor after the other holds; nil when anything stands between or in them that does not belong there.
    private static func unarmored(_ text: [UInt8]) -> [UInt8]? {
        guard let whole = String(validating: text, as: UTF8.self) else { return nil }
        var bytes: [UInt8] = []
        var body = "", isInArmor = false, isInHeaders = false
        for line in whole.byteLines.map({ String($0).trimmingSpaces }) {
            if !isInArmor {
                guard line == begin || line.isEmpty else { return nil }
                (isInArmor, isInHeaders) = (line == begin, true)
            } else if line == end {
                guard !isInHeaders, let part = Data(base64Encoded: body), !part.isEmpty else { return nil }
                bytes += part
                (body, isInArmor) = ("", false)
            } else if line.isEmpty {
                // `Version: …` and its like stand before the empty line.
                isInHeaders = false
            } else if !isInHeaders, !line.hasFirstBytes("=") {
                // The checksum behind the last line begins with =.
                body += line
            }
        }
        return isInArmor || bytes.isEmpty ? nil : bytes
    }

    /// The packets of public keys, whole: each begins with a primary key.
    private static func arePublic(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        guard rest.first.map({ tag($0) }) == primary else { return false }
        while let head = rest.first {
            guard head & 0x80 != 0, taken.contains(tag(head)), let length = length(&rest), length <= rest.count else {
                return false
            }
            rest = rest.dropFirst(length)
        }
        return true
    }

    private static let primary: UInt8 = 6
    /// RFC 9580, 5: signature, public key, trust, user ID, subkey, user attribute, padding.
    private static let taken: Set<UInt8> = [2, primary, 12, 13, 14, 17, 21]

    private static func tag(_ head: UInt8) -> UInt8 { head & 0x40 != 0 ? head & 0x3f : head >> 2 & 0x0f }

    /// Takes a packet's head away; nil for a length that is cut off, or that keys do not have.
    private static func length(_ rest: inout ArraySlice<UInt8>) -> Int? {
        guard let head = rest.popFirst() else { return nil }
        guard head & 0x40 != 0 else { return number(1 << Int(head & 3), &rest) }
        guard let first = rest.popFirst() else { return nil }
        switch first {
        case 0..<192: return Int(first)
        case 192..<224: return rest.popFirst().map { (Int(first) - 192) << 8 + Int($0) + 192 }
        case 255: return number(4, &rest)
        default: return nil
        }
    }

    private static func number(_ count: Int, _ rest: inout ArraySlice<UInt8>) -> Int? {
        guard count <= 4, rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
    }
}
