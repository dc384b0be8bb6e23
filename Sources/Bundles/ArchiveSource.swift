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
        /// Nothing.
        case none

        /// The word for it in logs and records.
        public var word: String {
            switch self {
            case .digest: "required"
            case .sidecar: "sidecar"
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
}
