public import Digests

/// A bundle and where it comes from.
public struct BundleSource: Sendable, Equatable {
    /// Whether and against what the download is verified.
    public enum Verification: String, Sendable, CaseIterable {
        /// Against the digest in the config.
        case required
        /// Against the digest in the config, else against the file `.sha256` beside the bundle.
        case sidecar
        /// Not at all.
        case none
    }

    /// `project-host`, `project` or `tools`: its folder beneath `bundles`.
    public let name: String
    /// Where it is.
    public let url: WebAddress
    /// Where else it is, in order of preference.
    public internal(set) var mirrors: [WebAddress] = []
    /// Its SHA-256 or SHA-512; never nil when ``verification`` is `required`.
    public let digest: Digest?
    /// Its version's name; nil: what its manifest says.
    public internal(set) var version: String?
    /// Whether and against what it is verified.
    public internal(set) var verification = Verification.required
    /// How much it may unpack to; 4 GiB unless given.
    public internal(set) var maxUnpackedBytes = 4096 << 20
    /// What the URL's server wants to see, a token or a whole header; nil: nothing.
    public internal(set) var authorization: Secret?
    /// Relative paths that must be there once it is unpacked.
    public internal(set) var expectedFiles: [String] = []

    /// The names that bundles have in the config.
    static let names = ["project-host", "project", "tools"]
}

extension BundleSource {
    /// Reads a URL, or an object with one and with settings.
    static func read(_ field: Field, name: String, digest: Digest?) -> BundleSource? {
        if case .string = field.value.kind {
            return field.address(.download).map { BundleSource(name: name, url: $0, digest: digest) }
        }
        let known = [
            "url", "mirrors", "version", "verification", "max_unpacked_mb", "authorization", "expected_files",
        ]
        guard let fields = field.fields(known, expected: "a URL or an object with one") else { return nil }
        let url = fields.required("url")?.address(.download)
        let mirrors = fields["mirrors"]?.elements("URLs")?.compactMap { $0.address(.download) }
        let version = fields["version"]?.text(.badVersion, NameRule.bundleVersion.expected) {
            NameRule.bundleVersion.admits($0) && $0 != "current"
        }
        let verification = fields["verification"]?.choice(Verification.self)
        let megabytes = fields["max_unpacked_mb"]?.integer(1...1 << 20)
        let authorization = fields["authorization"]?.secret()
        let files = fields["expected_files"]?.elements("relative paths")?.compactMap { $0.relativePath() }
        guard let url else { return nil }
        var source = BundleSource(name: name, url: url, digest: digest)
        source.mirrors = mirrors ?? []
        source.version = version
        source.verification = verification ?? .required
        source.maxUnpackedBytes = (megabytes ?? 4096) << 20
        source.authorization = authorization
        source.expectedFiles = files ?? []
        return source
    }
}
