public import Digests
public import Platform
internal import JSON

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

    /// What must be signed.
    public enum Signature: String, Sendable, CaseIterable {
        /// The archive.
        case archive
        /// The list of checksums that its digest comes from.
        case checksums
    }

    /// Where it is.
    public enum Location: Sendable, Equatable {
        /// The archive.
        case archive(WebAddress)
        /// A file that names the newest archive.
        case manifest(WebAddress)
    }

    /// A delta, as `bundle delta` makes it.
    public struct Delta: Sendable, Equatable {
        /// Where it is.
        public let url: WebAddress
        /// Its digest.
        public let digest: Digest
        /// Its length in bytes; nil: unknown.
        public let size: Int?
    }

    /// Its slot's name: its folder beneath `bundles`.
    public let name: String
    /// Where it is.
    public let location: Location
    /// The address of either.
    public var url: WebAddress {
        switch location {
        case .archive(let address), .manifest(let address): address
        }
    }
    /// Where else it is, in order of preference.
    public internal(set) var mirrors: [WebAddress] = []
    /// Its SHA-256 or SHA-512; never nil when ``verification`` is `required`.
    public let digest: Digest?
    /// Its length in bytes; nil: unknown, or as what its digest comes from says.
    public internal(set) var size: Int?
    /// Its version's name; nil: what its manifest says.
    public internal(set) var version: String?
    /// Whether and against what it is verified.
    public internal(set) var verification = Verification.required
    /// Where its checksum, or a list with it, is; nil: `.sha256` beside it.
    public internal(set) var checksumURL: WebAddress?
    /// What must be signed with one of the config's keys; nil: nothing.
    public internal(set) var signature: Signature?
    /// The oldest version it may be; nil: any.
    public internal(set) var minimumVersion: String?
    /// How much it may unpack to; 4 GiB unless given.
    public internal(set) var maxUnpackedBytes = 4096 << 20
    /// What the URL's server wants to see, a token or a whole header; nil: nothing.
    public internal(set) var authorization: Secret?
    /// What leads to it from a version before it, tried first when that is installed; nil: nothing.
    public internal(set) var delta: Delta?
    /// Relative paths that must be there once it is unpacked.
    public internal(set) var expectedFiles: [String] = []
    /// The folder of its versions; nil: the one of its name beneath `bundles`.
    public internal(set) var root: String?
    /// What of root's its files may do, by their paths in it.
    public internal(set) var capabilities: [String: FileCapabilities] = [:]

    /// The names that bundles have in `bundle_urls`.
    static let names = ["project-host", "project", "tools"]
}

extension BundleSource {
    /// The config, or a key in it, says what its content is.
    var isVouchedFor: Bool { digest != nil || signature != nil }

    /// What may differ from architecture to architecture, and what is said once for all.
    static let placeNames = ["url", "manifest_url", "mirrors", "checksum", "checksum_url", "size", "delta", "version"]
    static let settingNames = [
        "verification", "signature", "minimum_version", "max_unpacked_mb", "authorization", "expected_files",
        "capabilities",
    ]
    /// What only an entry of `bundles` has.
    static let namedNames = ["architectures", "root"]

    /// Reads a URL, or an object with one and with settings.
    ///
    /// `digest` is what "bundle_checksums" has for it; nil when it has nothing, or is not for it.
    static func read(_ field: Field, name: String, digest: Field? = nil, isListed: Bool) -> BundleSource? {
        let missing = isListed ? "checksum for it in \"bundle_checksums\"" : "\"checksum\" for it"
        if case .string = field.value.kind {
            return read(at: field, nil, nil, name: name, digest: digest, missing)
        }
        // Asked for by name, so that it is not called unknown where it has no meaning.
        let known = placeNames + settingNames + namedNames
        guard let fields = field.fields(known, expected: "a URL or an object with one") else {
            _ = digest?.digest()
            return nil
        }
        for name in namedNames where isListed && fields[name] != nil {
            fields.contradiction(at: fields[name], "only an entry of \"bundles\" has \(Quoting.quote(name))")
        }
        return read(at: field, fields, fields, name: name, digest: digest, missing)
    }

    /// Reads the place of one architecture's, with the settings of all.
    static func read(place field: Field, settings: Fields, name: String) -> BundleSource? {
        let isAddress = if case .string = field.value.kind { true } else { false }
        let place = isAddress ? nil : field.fields(placeNames, expected: "a URL or an object with one")
        guard isAddress || place != nil else { return nil }
        return read(at: field, place, settings, name: name, digest: nil, "\"checksum\" for it")
    }

    /// Without a place the field itself is the address.
    private static func read(
        at field: Field, _ place: Fields?, _ settings: Fields?, name: String, digest: Field?, _ missing: String
    ) -> BundleSource? {
        let location = place.map(location) ?? field.address(.download).map(Location.archive)
        let mirrors = place?["mirrors"]?.elements("URLs")?.compactMap { $0.address(.download) }
        let own = place?["checksum"]
        let (listed, given) = (digest?.digest(), own?.digest())
        let size = place?["size"]?.byteCount()
        let checksums = place?["checksum_url"]?.address(.download)
        let delta = place?["delta"]?.fields(["url", "checksum", "size"]).flatMap(Self.delta)
        let version = Self.version(place?["version"] ?? settings?["version"])
        guard let location else { return nil }
        var source = BundleSource(name: name, location: location, digest: listed ?? given)
        if let settings { source.take(settings) }
        source.mirrors = mirrors ?? []
        source.version = version
        source.checksumURL = checksums
        source.delta = delta
        source.size = size
        source.refuseContradictions(place, settings)
        source.checkVerification(at: field, listed: digest, own: own, missing)
        return source
    }

    /// Something has to vouch for it, and one thing alone, unless nothing is to.
    private func checkVerification(at field: Field, listed: Field?, own: Field?, _ missing: String) {
        if listed != nil, let own {
            own.refuse(.contradiction, "\"bundle_checksums\" has one, too; leave one of the two out")
        }
        switch verification {
        case .required where listed == nil && own == nil && signature == nil && !field.findings.isIncomplete:
            field.refuse(.contradiction, "there is no \(missing), and \"verification\" is \"required\"")
        case .none where listed != nil:
            listed?.refuse(.contradiction, "\"verification\" is \"none\" for this bundle; leave one of the two out")
        case .none where own != nil:
            own?.refuse(
                .contradiction, "\"verification\" is \"none\" for this bundle; leave it or its \"checksum\" out")
        default: break
        }
    }

    private mutating func take(_ settings: Fields) {
        verification = settings["verification"]?.choice(Verification.self) ?? verification
        maxUnpackedBytes = settings["max_unpacked_mb"]?.integer(1...1 << 20).map { $0 << 20 } ?? maxUnpackedBytes
        expectedFiles =
            settings["expected_files"]?.elements("relative paths")?.compactMap { $0.relativePath() } ?? expectedFiles
        minimumVersion = Self.version(settings["minimum_version"])
        signature = settings["signature"]?.choice(Signature.self)
        authorization = settings["authorization"]?.secret()
        root = settings["root"]?.absolutePath()
        capabilities = settings["capabilities"]?.capabilities() ?? capabilities
    }

    private static func version(_ field: Field?) -> String? {
        field?.text(.badVersion, NameRule.bundleVersion.expected) {
            NameRule.bundleVersion.admits($0) && $0 != "current"
        }
    }

    private static func delta(_ fields: Fields) -> Delta? {
        let (url, digest) = (fields.required("url")?.address(.download), fields.required("checksum")?.digest())
        let size = fields["size"]?.byteCount()
        guard let url, let digest else { return nil }
        return Delta(url: url, digest: digest, size: size)
    }

    private static func location(_ fields: Fields) -> Location? {
        let manifest = fields["manifest_url"]
        if let manifest, fields["url"] == nil { return manifest.address(.download).map(Location.manifest) }
        let url = fields.required("url")?.address(.download)
        manifest?.refuse(.contradiction, "there is a \"url\" too; leave one of the two out")
        return url.map(Location.archive)
    }

    /// Settings that say more than one thing, or that nothing would come of.
    private func refuseContradictions(_ place: Fields?, _ settings: Fields?) {
        if case .manifest = location, !mirrors.isEmpty {
            place?.contradiction(at: place?["mirrors"], "mirrors are of a \"url\", and there is none")
        }
        if case .manifest = location, digest == nil, let field = place?["size"] {
            place?.contradiction(at: field, "the newest bundle's length comes from \"manifest_url\"")
        }
        if let field = place?["checksum_url"], verification != .sidecar || digest != nil, signature != .checksums {
            place?.contradiction(at: field, "nothing is compared with it: \"verification\" is not \"sidecar\" alone")
        }
        if let field = settings?["capabilities"], !isVouchedFor {
            settings?.contradiction(
                at: field,
                "whoever publishes this bundle could do with it what they like: \(BundleNames.remedy)")
        }
        guard let field = settings?["signature"], let signature else { return }
        if verification == .none { settings?.contradiction(at: field, "\"verification\" is \"none\" for this bundle") }
        guard signature == .checksums else { return }
        if digest != nil {
            settings?.contradiction(at: field, "its digest is in the config, so no list of checksums is looked at")
        }
        if case .manifest = location {
            settings?.contradiction(
                at: field, "its digest comes from \"manifest_url\", so no list of checksums is looked at")
        }
    }
}
