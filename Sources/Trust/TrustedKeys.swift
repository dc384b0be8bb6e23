public import Digests
internal import Platform

/// The keys of which some must have signed a config, and how many of them.
public struct TrustedKeys: Sendable, Equatable {
    /// Each of them once.
    public let keys: [Minisign.PublicKey]
    /// How many of them must have signed.
    public let threshold: Int

    /// Nil unless there are as many different keys as must sign.
    public init?(_ keys: [Minisign.PublicKey], threshold: Int = 1) {
        var different: [Minisign.PublicKey] = []
        for key in keys where !different.contains(where: key.isSameKey) { different.append(key) }
        guard threshold >= 1, threshold <= different.count else { return nil }
        self.keys = different
        self.threshold = threshold
    }

    /// Reads public keys with blanks or commas between; a number first says how many must have signed: `2 RW… RW… RW…`.
    public init?(words text: String) {
        var words = text.utf8.split { [0x20, 0x09, 0x0A, 0x0D, 0x2C].contains($0) }.map {
            String(decoding: $0, as: UTF8.self)
        }
        var threshold = 1
        if let first = words.first, let number = Int(first) {
            threshold = number
            words.removeFirst()
        }
        let keys = words.map(Minisign.PublicKey.init)
        guard !keys.contains(nil) else { return nil }
        self.init(keys.compactMap(\.self), threshold: threshold)
    }

    /// The same in words, as ``init(words:)`` reads them.
    public var words: String {
        ((threshold == 1 ? [] : ["\(threshold)"]) + keys.map(\.text)).joined(separator: " ")
    }

    /// For people: how many of which.
    public var summary: String {
        "\(threshold) of \(keys.map(\.id.description).joined(separator: ", "))"
    }

    /// One of the keys that signed a text, and what it says of it.
    public struct Signer: Sendable, Equatable {
        /// Which key.
        public let key: Minisign.PublicKey
        /// Its trusted comment, which is signed, too.
        public let comment: String
    }

    /// The keys that made a good signature of a text; however many one of them made, it is one.
    public func signers(of text: [UInt8], _ signatures: [Minisign.Signature]) -> [Signer] {
        keys.compactMap { key in
            signatures.first { $0.isValid(ofText: text, by: key) }.map { Signer(key: key, comment: $0.trustedComment) }
        }
    }
}
