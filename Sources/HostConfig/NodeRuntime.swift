public import Digests
public import Platform

/// The Node.js to install.
public struct NodeRuntime: Sendable, Equatable {
    /// Which version, without `v`.
    public enum Version: Sendable, Equatable {
        /// This one: `20.18.0`.
        case exact(String)
        /// The newest of a major one: `20`.
        case newest(major: String)
    }

    /// Which one it is.
    public let version: Version
    /// The folder with a folder for each version, laid out as nodejs.org/dist is.
    public internal(set) var mirrorURL: WebAddress
    /// An archive of nvm and its SHA-256; nil: nvm is not installed.
    public internal(set) var nvmArchive: NvmArchive?

    /// What of root's its files may do, by their paths in it.
    public internal(set) var capabilities: [String: FileCapabilities] = [:]

    /// An archive of nvm.
    public struct NvmArchive: Sendable, Equatable {
        /// Where it is.
        public let url: WebAddress
        /// Its SHA-256.
        public let digest: Digest
        /// Its length in bytes; nil: unknown.
        public let size: Int?
    }

    /// One number or three, without leading zeros; a `v` before them is left out.
    public static func version(_ text: String) -> Version? {
        let body = text.hasPrefix("v") ? text.dropFirst() : text[...]
        let parts = body.split(separator: ".", omittingEmptySubsequences: false)
        let areNumbers = parts.allSatisfy {
            (1...9).contains($0.utf8.count) && ByteSet.digits.covers($0) && ($0 == "0" || !$0.hasPrefix("0"))
        }
        guard areNumbers else { return nil }
        return switch parts.count {
        case 1: .newest(major: String(body))
        case 3: .exact(String(body))
        default: nil
        }
    }
}

extension NodeRuntime {
    /// Reads `node_version` and `node`.
    static func read(_ fields: Fields) -> NodeRuntime? {
        let version = fields["node_version"]?.parsed(
            .badVersion, "a version such as \"20.18.0\", or a major one such as \"20\"", version)
        let known = ["mirror_url", "nvm_archive_url", "nvm_archive_sha256", "nvm_archive_size", "capabilities"]
        let settings = fields["node"]?.fields(known)
        let mirror = settings?["mirror_url"]?.address(.download)
        let archive = settings.flatMap(readArchive)
        let capabilities = settings?["capabilities"]?.capabilities()
        if let node = fields["node"], fields["node_version"] == nil {
            fields.contradiction(at: node, "there is no \"node_version\" that this could apply to")
        }
        guard let version, let usual = try? WebAddress("https://nodejs.org/dist") else { return nil }
        return NodeRuntime(
            version: version, mirrorURL: mirror ?? usual, nvmArchive: archive, capabilities: capabilities ?? [:])
    }

    private static func readArchive(_ fields: Fields) -> NvmArchive? {
        let url = fields["nvm_archive_url"]?.address(.download)
        let digest = fields["nvm_archive_sha256"]?.sha256()
        if (fields["nvm_archive_url"] == nil) != (fields["nvm_archive_sha256"] == nil) {
            fields.contradiction(at: nil, "\"nvm_archive_url\" and \"nvm_archive_sha256\" need each other")
        }
        let size = fields["nvm_archive_size"]?.byteCount()
        if let field = fields["nvm_archive_size"], fields["nvm_archive_url"] == nil {
            fields.contradiction(at: field, "there is no \"nvm_archive_url\"")
        }
        guard let url, let digest else { return nil }
        return NvmArchive(url: url, digest: digest, size: size)
    }
}
