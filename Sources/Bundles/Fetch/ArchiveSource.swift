public import Digests
public import Transfer

/// Where an archive may be had, and what makes it good.
public struct ArchiveSource: Sendable, Equatable {
    /// What an archive is checked against.
    public enum Verification: Sendable, Equatable {
        /// This digest, from the config or another trusted place.
        case digest(Digest)
        /// The digest published at an address; nil is the archive's own with `.sha256` behind its path.
        case sidecar(SourceURL?)
        /// This digest, from the file that names the newest archive.
        case announced(Digest)
        /// Nothing.
        case none

        /// The word for it in logs and records.
        public var word: String {
            switch self {
            case .digest: "required"
            case .sidecar, .announced: "sidecar"
            case .none: "none"
            }
        }
    }

    /// The address, then its mirrors, in the order in which to try them.
    public let urls: [SourceURL]
    /// What it is checked against.
    public let verification: Verification
    /// What the first address's server wants to see; nobody else gets it.
    public var access = Access.open
    /// Whose signature it must have, besides; nil: nobody's.
    public var signing: Signing?
    /// The address of what named it as the newest archive, without query.
    public var manifest: String?
    /// Its length in bytes, if that is known; any other is refused, and no more is fetched.
    public var size: Int64?

    /// A signature that must be there, as `.minisig` beside what it signs.
    public struct Signing: Sendable, Equatable {
        /// What is signed.
        public enum Subject: Sendable {
            /// The archive.
            case archive
            /// The list of checksums that its digest comes from.
            case checksums
        }

        /// What is signed.
        public let subject: Subject
        /// The keys of which one must have made it.
        public let keys: [Minisign.PublicKey]

        /// Asks for one.
        public init(_ subject: Subject, keys: [Minisign.PublicKey]) {
            self.subject = subject
            self.keys = keys
        }
    }

    /// What makes it good, in a word, for logs and records.
    var word: String { verification == .none && signing != nil ? "signature" : verification.word }

    /// Makes a source; there must be one address at least.
    public init(_ url: SourceURL, mirrors: [SourceURL] = [], _ verification: Verification) {
        urls = [url] + mirrors
        self.verification = verification
    }
}

/// An archive that is what it should be.
struct FetchedArchive: Sendable {
    let digest: Digest
    /// Where it came from, without query.
    let url: String
    let verification: String
    let manifest: String?
}
