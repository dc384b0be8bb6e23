internal import CCrypto

/// A private key for signatures, and what is derived from it.
///
/// What it holds is shown by nothing but ``pem``.
public struct PrivateKey: ~Copyable {
    /// What it signs by.
    public enum Algorithm: String, Sendable, Codable {
        /// Ed25519 (RFC 8032).
        case ed25519
        /// RSA with 3072 bits, which NIST SP 800-57 holds equal to 128 bits of security.
        case rsa
    }

    let handle: OpaquePointer

    private init(handle: OpaquePointer) { self.handle = handle }

    deinit { EVP_PKEY_free(handle) }

    /// Makes one; nil when the library has no random bytes, or no memory.
    ///
    /// Blocks: one of RSA is searched for, which may take seconds.
    public static func make(_ algorithm: Algorithm) -> PrivateKey? {
        let handle =
            switch algorithm {
            case .ed25519: key_make_ed25519()
            case .rsa: key_make_rsa(3072)
            }
        guard let handle else { return nil }
        return PrivateKey(handle: handle)
    }

    /// Reads the first key of a PEM text (RFC 7468); nil when there is none, or it is encrypted.
    public static func read(pem: [UInt8]) -> PrivateKey? {
        guard let handle = MemoryText.reading(pem, { key_read($0) }) else { return nil }
        return PrivateKey(handle: handle)
    }

    /// PKCS #8 in PEM, not encrypted.
    public var pem: [UInt8]? {
        MemoryText.written { PEM_write_bio_PKCS8PrivateKey($0, handle, nil, nil, 0, nil, nil) }
    }

    /// The public half, as SubjectPublicKeyInfo in PEM.
    public var publicPEM: [UInt8]? { MemoryText.written { PEM_write_bio_PUBKEY($0, handle) } }

    /// That is the public half of this one.
    public func isPrivate(ofPublicPEM pem: [UInt8]) -> Bool {
        guard let other = MemoryText.reading(pem, { PEM_read_bio_PUBKEY($0, nil, nil, nil) }) else { return false }
        defer { EVP_PKEY_free(other) }
        return EVP_PKEY_eq(handle, other) == 1
    }

    var isEd25519: Bool { EVP_PKEY_is_a(handle, "ED25519") == 1 }
}

/// Texts as libcrypto reads and writes them.
enum MemoryText {
    static func reading<Value>(_ bytes: [UInt8], _ body: (OpaquePointer) -> Value?) -> Value? {
        bytes.withUnsafeBytes { bytes in
            guard let memory = BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count)) else { return nil }
            defer {
                BIO_free(memory)
                ERR_clear_error()
            }
            return body(memory)
        }
    }

    /// What the body wrote; nil when it says that it could not.
    static func written(_ body: (OpaquePointer) -> Int32) -> [UInt8]? {
        guard let memory = BIO_new(BIO_s_mem()) else { return nil }
        defer {
            BIO_free(memory)
            ERR_clear_error()
        }
        var start: UnsafePointer<CChar>?
        guard body(memory) == 1 else { return nil }
        let count = bio_bytes(memory, &start)
        guard count > 0, let start else { return nil }
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }
}
