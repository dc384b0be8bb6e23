internal import Digests
internal import Glibc
public import HostConfig
public import Platform

/// Holds configs to the keys that were given on this host, so that who serves them does not decide what they say.
///
/// Keys that are given count until some are remembered; then only those do, since what an old command line or user-data says
/// must not bring a key back that was replaced.
public struct ConfigTrust: Sendable {
    private let given: TrustedKeys?
    private let store: TrustStore
    private let remembers: Bool

    /// Trusts the keys that are given now, or were before; `remembers` says whether this may write them down.
    public init(_ given: TrustedKeys?, _ store: TrustStore, remembers: Bool) {
        self.given = given
        self.store = store
        self.remembers = remembers
    }

    /// A config that enough of the keys signed.
    public struct Signed: Sendable, Equatable {
        /// The signatures, byte for byte.
        public let signature: [UInt8]
        /// Who signed, and what each says of it.
        public let words: String
    }

    /// A key was given on this host, now or before, so that a config needs a signature.
    ///
    /// Blocks.
    public func asksForSignature() throws(TrustError) -> Bool {
        if given != nil { return true }
        return try store.read() != nil
    }

    /// Holds a config to the keys in force; nil when no key was ever given on this host.
    ///
    /// Blocks. Keys that are given for the first time are remembered even if this config is refused: the next one is to be
    /// signed, too.
    public func hold(
        _ config: [UInt8], named name: String, signatureAt path: String
    ) throws(TrustError) -> Signed? {
        let record = try record()
        guard let keys = record?.keys ?? given else { return nil }
        let bytes: [UInt8]?
        do throws(SystemCallError) { bytes = try Files.readIfPresent(path, limit: 64 << 10) } catch {
            if error.code == EFBIG { throw .noSignature(path: path) }
            throw .disk(error)
        }
        guard let bytes else { throw .unsigned(config: name, signature: path) }
        guard let signatures = Minisign.Signature.all(in: String(decoding: bytes, as: UTF8.self)) else {
            throw .noSignature(path: path)
        }
        let signers = keys.signers(of: config, signatures)
        guard signers.count >= keys.threshold else {
            let names = signers.map(\.key.id.description).joined(separator: ", ")
            throw .tooFew(
                config: name, keys: keys.summary, signers: names.isEmpty ? "none" : names,
                place: record == nil ? "given now" : store.path)
        }
        let words = signers.map { "signed by \($0.key.id): \($0.comment)" }
        return Signed(signature: bytes, words: words.joined(separator: "; "))
    }

    /// Holds what a signed config says of itself against what this host has seen, and remembers it.
    ///
    /// Blocks.
    public func admit(
        _ configuration: HostConfiguration, _ signed: Signed, named name: String, at now: Timestamp = .now()
    ) throws(TrustError) {
        let signatures = Minisign.Signature.all(in: String(decoding: signed.signature, as: UTF8.self)) ?? []
        if remembers {
            return try store.change { (record) throws(TrustError) in
                record = try (record ?? given.map { TrustRecord($0) })?.admitting(
                    configuration, signatures, named: name, at: now)
            }
        }
        let record = try store.read() ?? given.map { TrustRecord($0) }
        _ = try record?.admitting(configuration, signatures, named: name, at: now)
    }

    private func record() throws(TrustError) -> TrustRecord? {
        guard remembers, let given else { return try store.read() }
        return try store.change { (record) throws(TrustError) in
            if record == nil { record = TrustRecord(given) }
            return record
        }
    }
}
