internal import CCrypto
internal import FoundationEssentials
internal import Platform

/// Random bytes as text, for keys that two sides share.
public enum RandomText {
    /// How bytes are written.
    public enum Encoding: String, Sendable, Codable {
        /// Two digits a byte, in lower case.
        case hex
        /// RFC 4648, with padding.
        case base64
    }

    /// So many bytes that nobody can guess; nil when the library has none.
    public static func make(bytes count: Int, _ encoding: Encoding) -> String? {
        var bytes = [UInt8](repeating: 0, count: count)
        guard RAND_priv_bytes(&bytes, Int32(count)) == 1 else { return nil }
        return switch encoding {
        case .hex: Hexadecimal.text(bytes)
        case .base64: Data(bytes).base64EncodedString()
        }
    }

    /// How many bytes a text stands for; nil when it is none in that encoding.
    public static func count(_ text: String, _ encoding: Encoding) -> Int? {
        switch encoding {
        case .hex: Hexadecimal.bytes(text)?.count
        case .base64: Data(base64Encoded: text)?.count
        }
    }
}
