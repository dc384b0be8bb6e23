/// A valid name of a unit; see systemd.unit(5).
public struct UnitName: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The name with its suffix.
    public let text: String

    static let suffixes = [".service", ".socket", ".mount", ".timer", ".target", ".path", ".swap", ".slice"]

    /// The suffix, which tells what kind of unit it is, such as `.service`.
    public var suffix: String { Self.suffixes.first { text.hasSuffix($0) } ?? "" }

    /// The name without its suffix.
    public var stem: String { String(text.dropLast(suffix.count)) }

    /// The name without its suffix and without what it is an instance for: what its folder in /etc is called.
    public var shortName: String { String(stem.prefix { $0 != "@" }) }

    /// The template whose instance it is, such as `getty@.service` of `getty@tty1.service`; nil when it is none's.
    public var template: UnitName? {
        guard let at = stem.firstIndex(of: "@"), stem.index(after: at) != stem.endIndex else { return nil }
        return try? UnitName("\(stem[...at])\(suffix)")
    }

    /// Its drop-ins hold for every unit whose name begins so, as those of `app-.service` do for `app-a.service` (systemd.unit(5)).
    public var isPrefix: Bool {
        stem.utf8.prefix { $0 != UInt8(ascii: "@") }.last == UInt8(ascii: "-")
    }

    /// Checks a name: at most 255 letters, digits and `:-_.\@`, and one of the suffixes that are used here.
    public init(_ text: String) throws(SystemdError) {
        let allowed = text.unicodeScalars.allSatisfy { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", ":", "-", "_", ".", "\\", "@": true
            default: false
            }
        }
        guard allowed, text.utf8.count <= 255, !text.hasPrefix("."), !text.hasPrefix("-"),
            Self.suffixes.contains(where: { text.hasSuffix($0) && text.utf8.count > $0.utf8.count })
        else { throw .badName(text) }
        self.text = text
    }

    /// The mount unit of a path, as systemd-escape(1) names it with `--path`.
    public static func mount(at path: String) throws(SystemdError) -> UnitName { try escaping(path, ".mount") }

    /// The swap unit of a file or device.
    public static func swap(at path: String) throws(SystemdError) -> UnitName { try escaping(path, ".swap") }

    private static func escaping(_ path: String, _ suffix: String) throws(SystemdError) -> UnitName {
        let parts = path.utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) }
        guard !parts.isEmpty, path.utf8.first == UInt8(ascii: "/") else { throw .badName(path) }
        return try UnitName(parts.map(escape).joined(separator: "-") + suffix)
    }

    private static func escape(_ part: Substring) -> String {
        part.utf8.enumerated().map { index, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ":"), UInt8(ascii: "_"):
                String(UnicodeScalar(byte))
            case UInt8(ascii: ".") where index > 0: "."
            default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }.joined()
    }

    /// The name.
    public var description: String { text }

    /// Encodes as a plain string.
    public func encode(to encoder: any Encoder) throws { try text.encode(to: encoder) }

    /// Decodes and checks a plain string.
    public init(from decoder: any Decoder) throws { try self.init(String(from: decoder)) }
}
