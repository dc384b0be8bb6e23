public import Digests

/// The Node.js to install.
public struct NodeRuntime: Sendable, Equatable {
    /// Its exact version without `v`: `20.18.0`.
    public let version: String
    /// The folder with a folder for each version, laid out as nodejs.org/dist is.
    public internal(set) var mirrorURL: WebAddress
    /// An archive of nvm and its SHA-256; nil: nvm is not installed.
    public internal(set) var nvmArchive: NvmArchive?

    /// An archive of nvm.
    public struct NvmArchive: Sendable, Equatable {
        /// Where it is.
        public let url: WebAddress
        /// Its SHA-256.
        public let digest: Digest
        /// Its length in bytes; nil: unknown.
        public let size: Int?
    }

    /// Three numbers without leading zeros; a `v` before them is left out.
    static func version(_ text: String) -> String? {
        let body = text.hasPrefix("v") ? text.dropFirst() : text[...]
        let parts = body.split(separator: ".", omittingEmptySubsequences: false)
        let areNumbers = parts.allSatisfy {
            (1...9).contains($0.utf8.count) && ByteSet.digits.covers($0) && ($0 == "0" || !$0.hasPrefix("0"))
        }
        return parts.count == 3 && areNumbers ? String(body) : nil
    }
}

extension NodeRuntime {
    /// Reads `node_version` and `node`.
    static func read(_ fields: Fields) -> NodeRuntime? {
        let version = fields["node_version"]?.parsed(.badVersion, "an exact version such as \"20.18.0\"", version)
        let known = ["mirror_url", "nvm_archive_url", "nvm_archive_sha256", "nvm_archive_size"]
        let settings = fields["node"]?.fields(known)
        let mirror = settings?["mirror_url"]?.address(.download)
        let archive = settings.flatMap(readArchive)
        if let node = fields["node"], fields["node_version"] == nil {
            fields.contradiction(at: node, "there is no \"node_version\" that this could apply to")
        }
        guard let version, let usual = try? WebAddress("https://nodejs.org/dist") else { return nil }
        return NodeRuntime(version: version, mirrorURL: mirror ?? usual, nvmArchive: archive)
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
