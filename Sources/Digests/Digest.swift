internal import Platform

/// A digest of some bytes.
public struct Digest: Sendable, Hashable {
    /// The hash functions in use.
    public enum Algorithm: String, Sendable, CaseIterable {
        case sha256, sha512
        /// BLAKE2b with 64 bytes; no text is read as one, for it looks like a SHA-512.
        case blake2b512
        /// For what others send along with it; broken, so nothing is trusted by it and no text is read as one.
        case sha1

        /// Length of the digest in bytes.
        public var byteCount: Int {
            switch self {
            case .sha1: 20
            case .sha256: 32
            case .sha512, .blake2b512: 64
            }
        }

        /// What is published in hexadecimal digits.
        static let published: [Algorithm] = [.sha256, .sha512]
    }

    /// The function that made it.
    public let algorithm: Algorithm
    /// The digest itself, `algorithm.byteCount` long.
    public let bytes: [UInt8]

    /// Reads hexadecimal digits of either case; nil unless there are exactly 64 (SHA-256) or 128 (SHA-512).
    public init?(hex: some StringProtocol) {
        guard let algorithm = Algorithm.published.first(where: { $0.byteCount * 2 == hex.utf8.count }),
            let bytes = Hexadecimal.bytes(hex)
        else { return nil }
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// Reads hexadecimal digits as they lie in memory.
    public init?(hexDigits: UnsafeRawBufferPointer) {
        guard let algorithm = Algorithm.published.first(where: { $0.byteCount * 2 == hexDigits.count }),
            let bytes = Hexadecimal.bytes(hexDigits)
        else { return nil }
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// Reads a digest as people copy it: hexadecimal digits, alone or behind `sha256:` or `sha512:`, and what stands behind
    /// them and a blank, as sha256sum(1) puts the file's name there, is no matter.
    public init?(published text: some StringProtocol) {
        let blanks = [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n")]
        let word = text.utf8.prefix { !blanks.contains($0) }
        let parts = word.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let digits = parts.last, let digest = Digest(hex: String(decoding: digits, as: UTF8.self)) else {
            return nil
        }
        if parts.count == 2 {
            guard String(decoding: parts[0], as: UTF8.self).lowercased() == digest.algorithm.rawValue else {
                return nil
            }
        }
        self = digest
    }

    init(_ algorithm: Algorithm, bytes: [UInt8]) {
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// Lower-case hexadecimal digits, as sha256sum(1) writes them.
    public var hex: String { Hexadecimal.text(bytes) }
}
