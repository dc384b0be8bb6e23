internal import CCrypto

/// Hashes a stream of bytes with OpenSSL, which uses the processor's SHA instructions.
public struct DigestHasher: ~Copyable {
    private let context: OpaquePointer?
    private let algorithm: Digest.Algorithm

    /// Starts an empty hash.
    public init(_ algorithm: Digest.Algorithm = .sha256) {
        self.algorithm = algorithm
        context = EVP_MD_CTX_new()
        let function =
            switch algorithm {
            case .sha256: EVP_sha256()
            case .sha512: EVP_sha512()
            case .blake2b512: EVP_blake2b512()
            case .sha1: EVP_sha1()
            }
        EVP_DigestInit_ex(context, function, nil)
    }

    /// Adds bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    }

    /// The digest of these bytes alone; what was added before is forgotten.
    public mutating func digest(of bytes: UnsafeRawBufferPointer) -> Digest {
        // Without naming the function again, which OpenSSL would look up under a lock.
        EVP_DigestInit_ex(context, nil, nil)
        EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        return result()
    }

    /// The digest of all that was added; adding more afterwards has no meaning.
    public consuming func finish() -> Digest { result() }

    private func result() -> Digest {
        var bytes = [UInt8](repeating: 0, count: algorithm.byteCount)
        var length: UInt32 = 0
        EVP_DigestFinal_ex(context, &bytes, &length)
        return Digest(algorithm, bytes: bytes)
    }

    deinit { EVP_MD_CTX_free(context) }
}

extension Digest {
    /// The digest of bytes in memory.
    public static func of(_ bytes: some Sequence<UInt8>, _ algorithm: Algorithm = .sha256) -> Digest {
        var hasher = DigestHasher(algorithm)
        Array(bytes).withUnsafeBytes { hasher.update($0) }
        return hasher.finish()
    }
}
