internal import CCrypto
internal import FoundationEssentials
internal import Platform

/// Signatures in minisign's format: Ed25519 over the bytes, or over their BLAKE2b-512, and over a comment.
///
/// The format: https://jedisct1.github.io/minisign/, "Signature format" and "Public key format".
public enum Minisign {
    /// Which of its owner's keys it is; the first eight bytes of key and signature alike.
    public struct KeyID: Sendable, Hashable, CustomStringConvertible {
        let bytes: [UInt8]

        /// Hexadecimal digits, as minisign(1) shows it: a number, the lowest byte first.
        public var description: String {
            let number = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return String(number, radix: 16, uppercase: true)
        }
    }

    /// A public key.
    public struct PublicKey: Sendable, Hashable {
        /// Which key it is.
        public let id: KeyID
        let key: [UInt8]

        /// Reads the one line of base64 that minisign(1) prints; nil when it is no such key.
        public init?(_ text: String) {
            guard let bytes = base64(text), bytes.count == 42, bytes[0...1].elementsEqual("Ed".utf8) else { return nil }
            id = KeyID(bytes: Array(bytes[2..<10]))
            key = Array(bytes[10...])
        }

        /// The line of base64 that minisign(1) prints.
        public var text: String { Data(Array("Ed".utf8) + id.bytes + key).base64EncodedString() }

        /// It is the same key, whatever identifier it goes by.
        public func isSameKey(as other: PublicKey) -> Bool { key == other.key }
    }

    /// What is signed.
    public enum Method: Sendable, Equatable {
        /// The bytes themselves, which must all be in memory.
        case whole
        /// Their BLAKE2b-512, the default since minisign 0.10.
        case prehashed
    }

    /// A signature of one file.
    public struct Signature: Sendable, Equatable {
        /// Which key made it.
        public let keyID: KeyID
        /// What it is made over.
        public let method: Method
        /// What the signer says of the file; covered by the signature.
        public let trustedComment: String
        private let signature: [UInt8]
        private let global: [UInt8]

        /// Reads the four lines of a `.minisig` file; nil when they are none.
        public init?(_ text: String) {
            let lines = text.byteLines.map(String.init)
            let comment = "trusted comment: "
            guard lines.count >= 4, lines[0].hasFirstBytes("untrusted comment:"), lines[2].hasFirstBytes(comment),
                lines[4...].allSatisfy(\.isEmpty), let head = base64(lines[1]), head.count == 74,
                let global = base64(lines[3]), global.count == 64
            else { return nil }
            switch Array(head[0..<2]) {
            case Array("Ed".utf8): method = .whole
            case Array("ED".utf8): method = .prehashed
            default: return nil
            }
            keyID = KeyID(bytes: Array(head[2..<10]))
            signature = Array(head[10...])
            trustedComment = String(decoding: lines[2].utf8.dropFirst(comment.utf8.count), as: UTF8.self)
            self.global = global
        }

        /// Reads one `.minisig` file after the other, as `cat` puts them into one; nil when anything in it is none.
        public static func all(in text: String) -> [Signature]? {
            var lines = text.byteLines[...]
            while lines.last?.isEmpty == true { lines.removeLast() }
            guard !lines.isEmpty, lines.count % 4 == 0, lines.count / 4 <= mostInFile else { return nil }
            var found: [Signature] = []
            while !lines.isEmpty {
                guard let signature = Signature(lines.prefix(4).joined(separator: "\n")) else { return nil }
                found.append(signature)
                lines = lines.dropFirst(4)
            }
            return found
        }

        /// More keys than anybody signs one file with.
        private static let mostInFile = 64

        /// Checks it, with its comment, against a text that is in memory, by whichever method it was made.
        public func isValid(ofText text: [UInt8], by key: PublicKey) -> Bool {
            key.id == keyID && isValid(of: method == .whole ? text : Digest.of(text, .blake2b512).bytes, by: key)
        }

        /// Checks it, with its comment, against these bytes, or their BLAKE2b-512 if it is ``Method/prehashed``.
        public func isValid(of message: [UInt8], by key: PublicKey) -> Bool {
            key.id == keyID && ed25519(key.key, signature, message)
                && ed25519(key.key, global, signature + Array(trustedComment.utf8))
        }
    }

    private static func base64(_ text: String) -> [UInt8]? {
        Data(base64Encoded: text.trimmingSpaces).map(Array.init)
    }

    private static func ed25519(_ key: [UInt8], _ signature: [UInt8], _ message: [UInt8]) -> Bool {
        guard let public_ = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, key, key.count) else { return false }
        defer { EVP_PKEY_free(public_) }
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        return EVP_DigestVerifyInit(context, nil, nil, nil, public_) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}

extension String {
    var trimmingSpaces: String {
        var text = self[...]
        while let last = text.last, last.isWhitespace { text = text.dropLast() }
        return String(text.drop { $0.isWhitespace })
    }
}
