internal import Platform

/// A text that is equal to another when their bytes are.
///
/// `String` goes by canonical equivalence: `é` is equal to `e` and a combining accent, which are two names of two files.
public struct ByteKey: Hashable, Sendable {
    /// The text.
    public let text: String

    /// Makes a key of a text.
    public init(_ text: String) { self.text = text }

    /// Compares bytes.
    public static func == (left: ByteKey, right: ByteKey) -> Bool { left.text.hasSameBytes(as: right.text) }

    /// Hashes bytes.
    public func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
