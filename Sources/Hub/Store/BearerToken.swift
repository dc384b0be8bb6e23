internal import Digests

/// A host's token: 64 random bits that name it, and 256 that prove it, as `SELECTOR.SECRET` in hexadecimal.
///
/// The hub keeps the selector and the secret's SHA-256. Looking up by selector leaks nothing through timing, since the
/// selector is no secret; the secret's digest is compared in constant time. A plain hash is enough for 256 random bits.
struct BearerToken: Sendable, Equatable {
    let selector: String
    let secret: String

    /// Draws one from the system's generator.
    static func random() -> BearerToken {
        BearerToken(selector: hexadecimal(1), secret: hexadecimal(4))
    }

    private init(selector: String, secret: String) {
        self.selector = selector
        self.secret = secret
    }

    /// Reads what ``text`` wrote; nil for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 16, parts[1].utf8.count == 64 else { return nil }
        self.init(selector: String(parts[0]), secret: String(parts[1]))
    }

    var text: String { "\(selector).\(secret)" }

    var secretHash: [UInt8] { Digest.of(secret.utf8).bytes }

    func matches(_ hash: [UInt8]) -> Bool {
        let own = secretHash
        guard own.count == hash.count else { return false }
        return zip(own, hash).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func hexadecimal(_ words: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<words).map { _ in
            let digits = String(generator.next(), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
