import Digests

/// What an archive is held against.
struct ArchiveExpectation: Sendable {
    let digest: Digest?
    var signature: ArchiveSignature?
    /// How long it must be, in bytes; nil when nobody says.
    var size: Int64?

    /// Somebody answers for its bytes.
    var isGiven: Bool { digest != nil || signature != nil }
}

/// A signature that was fetched, and the key in the config that it must have been made with.
struct ArchiveSignature: Sendable {
    private let signature: Minisign.Signature
    private let key: Minisign.PublicKey
    private let address: String

    /// What is signed as a whole must fit into memory.
    static let largestWhole = 64 << 20

    /// Reads a `.minisig` file; refused when it is none, or made with a key that the config does not have.
    init(_ text: String, at address: String, _ keys: [Minisign.PublicKey]) throws(BundleError) {
        guard let signature = Minisign.Signature(text) else {
            if let error = BundleError.notPublished(Array(text.utf8), at: address, "signature") { throw error }
            throw .unsuitable(
                path: address, reason: "is no signature as minisign writes it",
                remedy: "publish there what minisign -S -m FILE writes to FILE.minisig")
        }
        guard let key = keys.first(where: { $0.id == signature.keyID }) else {
            let known = keys.map(\.id.description).joined(separator: ", ")
            throw .signature(
                url: address, reason: "is made with the key \(signature.keyID); the config has \(known)")
        }
        self.signature = signature
        self.key = key
        self.address = address
    }

    /// The digest that has to be taken for it besides others.
    var algorithm: Digest.Algorithm? { signature.method == .prehashed ? .blake2b512 : nil }

    /// Who made it and what is said of the archive, in words.
    var words: String { "signed by \(key.id): \(signature.trustedComment)" }

    /// Refuses what is not what was signed; `whole` is needed for signatures of the old kind alone.
    func check(_ whole: @autoclosure () throws(BundleError) -> [UInt8], _ prehashed: Digest) throws(BundleError) {
        let message = signature.method == .prehashed ? prehashed.bytes : try whole()
        guard signature.isValid(of: message, by: key) else {
            throw .signature(url: address, reason: "does not fit what it is to sign; made with the key \(key.id)")
        }
    }

    /// Why an archive of so many bytes cannot be checked; nil when it can.
    func trouble(size: Int64) -> BundleError? {
        guard signature.method == .whole, size > Self.largestWhole else { return nil }
        return .unsuitable(
            path: address, reason: "signs more than \(Self.largestWhole >> 20) MiB as a whole",
            remedy: "sign the archive's digest instead: minisign -SH")
    }
}
