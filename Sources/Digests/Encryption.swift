internal import CCrypto

/// Texts that only who has the key can read or make: AES-256-GCM (NIST SP 800-38D) by libcrypto.
///
/// An encrypted text is a random nonce of 12 bytes, what the cipher made, and its tag of 16. Each key is good for 2^32 of them,
/// as section 8.3 of that publication bounds it.
public enum Encryption {
    /// A key, in bytes.
    public static let keyLength = 32
    private static let nonceLength = 12, tagLength: Int32 = 16

    /// Makes a key; nil when the library has no random bytes.
    public static func makeKey() -> [UInt8]? { random(keyLength) }

    /// Encrypts a text, bound to what it belongs to: it is not to be read as anything else's.
    ///
    /// Nil when the library will not,
    /// as with a key of another length.
    public static func encrypted(_ text: [UInt8], key: [UInt8], for context: [UInt8]) -> [UInt8]? {
        guard let nonce = random(nonceLength), let cipher = Cipher.begin(key, nonce, encrypts: true, context),
            let body = cipher.run(text), let tag = cipher.tag(tagLength)
        else { return nil }
        return nonce + body + tag
    }

    /// Reads what ``encrypted(_:key:for:)`` made with the same key and context; nil when it is anything else.
    public static func decrypted(_ sealed: [UInt8], key: [UInt8], for context: [UInt8]) -> [UInt8]? {
        guard sealed.count >= nonceLength + Int(tagLength) else { return nil }
        let nonce = Array(sealed.prefix(nonceLength)), tag = Array(sealed.suffix(Int(tagLength)))
        guard let cipher = Cipher.begin(key, nonce, encrypts: false, context), cipher.expect(tag) else { return nil }
        return cipher.run(Array(sealed.dropFirst(nonceLength).dropLast(Int(tagLength))))
    }

    private static func random(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return RAND_priv_bytes(&bytes, Int32(count)) == 1 ? bytes : nil
    }
}

/// One use of the cipher.
private struct Cipher: ~Copyable {
    private let handle: OpaquePointer

    private init(_ handle: OpaquePointer) { self.handle = handle }

    /// Nil when the library will not begin.
    static func begin(_ key: [UInt8], _ nonce: [UInt8], encrypts: Bool, _ context: [UInt8]) -> Cipher? {
        guard key.count == Encryption.keyLength, let handle = EVP_CIPHER_CTX_new() else { return nil }
        let cipher = Cipher(handle)
        var count: Int32 = 0
        guard EVP_CipherInit_ex(handle, EVP_aes_256_gcm(), nil, key, nonce, encrypts ? 1 : 0) == 1,
            EVP_CipherUpdate(handle, nil, &count, context, Int32(clamping: context.count)) == 1
        else { return nil }
        return cipher
    }

    deinit {
        EVP_CIPHER_CTX_free(handle)
        ERR_clear_error()
    }

    /// The whole text; nil when the tag is not that of it.
    func run(_ text: [UInt8]) -> [UInt8]? {
        guard let length = Int32(exactly: text.count) else { return nil }
        var made = [UInt8](repeating: 0, count: text.count + 16)
        var count: Int32 = 0, rest: Int32 = 0
        guard EVP_CipherUpdate(handle, &made, &count, text, length) == 1 else { return nil }
        let isWhole = made.withUnsafeMutableBufferPointer { made in
            EVP_CipherFinal_ex(handle, made.baseAddress.map { $0 + Int(count) }, &rest) == 1
        }
        return isWhole ? Array(made.prefix(Int(count + rest))) : nil
    }

    func tag(_ length: Int32) -> [UInt8]? {
        var tag = [UInt8](repeating: 0, count: Int(length))
        return EVP_CIPHER_CTX_ctrl(handle, EVP_CTRL_AEAD_GET_TAG, length, &tag) == 1 ? tag : nil
    }

    func expect(_ tag: [UInt8]) -> Bool {
        var tag = tag
        return EVP_CIPHER_CTX_ctrl(handle, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag) == 1
    }
}
