public import Archives
public import Digests
public import Platform
import Transfer

/// The installed bundles, each in a folder of its own: `VERSION`, and `current`, the link to the one in use.
///
/// This alone says where that folder is.
public struct BundleStore: Sendable {
    let root: String
    private let places: [String: String]
    private let former: [String: [String]]

    /// Keeps bundles below a folder, `ROOT/NAME`, but for those that have `places` of their own.
    ///
    /// `former` are the folders in which versions of each lay before.
    public init(root: String, places: [String: String] = [:], former: [String: [String]] = [:]) {
        self.root = root
        self.places = places
        self.former = former
    }

    /// The one that keeps a bundle in this folder, by the folder's own name.
    public init(holding folder: String) { self.init(root: Files.folder(of: folder)) }

    /// A version's folder.
    public func folder(_ name: String, _ version: String) -> String { "\(folder(name))/\(version)" }

    /// The folder of all its versions.
    public func folder(_ name: String) -> String { places[name] ?? "\(root)/\(name)" }

    /// The folders of bundles that do not lie below the store's own.
    public var ownPlaces: [String] { places.values.sorted() }

    /// The link to the version in use.
    public func currentLink(_ name: String) -> String { "\(folder(name))/current" }

    /// What is known of an installed version; nil when it was never wholly installed.
    ///
    /// Blocks.
    public func record(_ name: String, _ version: String) -> InstallRecord? {
        InstallRecord.read(recordPath(name, version))
    }

    /// The version in use; nil when there is none.
    ///
    /// Blocks.
    public func currentVersion(_ name: String) throws(SystemCallError) -> String? {
        try Files.linkTarget(currentLink(name))
    }

    /// The versions whose archive had this digest, or all when it is nil, newest first.
    ///
    /// Blocks.
    public func versions(_ name: String, archive digest: Digest?) throws(SystemCallError) -> [InstallRecord] {
        try Folders.names(in: records(name)).filter { $0.hasSuffix(".json") }
            .compactMap { record(name, String($0.dropLast(5))) }
            .filter { digest == nil || $0.archiveDigest == digest?.hex }
            .sorted { $0.installedAt > $1.installedAt }
    }

    /// Fetches a bundle and installs it as the version that it, or the caller, names.
    ///
    /// Returns the record of what was installed. The link is not moved.
    public func install(
        _ wanted: WantedBundle, _ fetcher: ArchiveFetcher, _ notes: @escaping ProgressNotes
    ) async throws(BundleError) -> InstallRecord {
        // What is known to be too old need not be fetched.
        if let version = wanted.version { try wanted.acceptVersion(version, from: wanted.source.urls[0].description) }
        let name = wanted.name
        let before = try await onThread { () throws(SystemCallError) in
            try versions(name, archive: nil).first?.bytes ?? 0
        }
        let install = ArchiveInstall(fetcher, wanted.source, limits: wanted.limits, before: before)
        return try await install.unpacked(beside: destination(wanted.name), notes) { staged throws(BundleError) in
            let (staged, version) = try await check(staged, wanted)
            return try await place(staged, wanted.name, version, install)
        }
    }

    /// Puts a staged version where it belongs; what other bytes of that version have shown says nothing of these.
    func place(
        _ staged: ArchiveInstall.Staged, _ name: String, _ version: String, _ install: ArchiveInstall
    ) async throws(BundleError) -> InstallRecord {
        if record(name, version)?.archiveDigest != staged.archive.digest.hex {
            try await onThread { () throws(SystemCallError) in try markUnhealthy(name, version) }
        }
        return try await install.place(
            staged, at: folder(name, version), version: version, record: recordPath(name, version))
    }

    /// Where what is known of a bundle's versions is kept.
    func records(_ name: String) -> String { Self.records(in: folder(name)) }

    /// The same, by the bundle's folder.
    public static func records(in folder: String) -> String { "\(folder)/.records" }

    /// Where what was known of them was kept that lay elsewhere before.
    func formerRecords(_ name: String) -> [String] {
        (former[name] ?? []).filter { $0 != folder(name) }.map(Self.records(in:))
    }

    /// The version is known only when the bundle is unpacked.
    private func destination(_ name: String) -> String { folder(name, "bundle") }

    /// What the paths of the folders begin with that a bundle is unpacked in; digits follow.
    public func workPrefix(_ name: String) -> String { Self.workPrefix(in: folder(name)) }

    /// The same, by the bundle's folder.
    public static func workPrefix(in folder: String) -> String {
        ArchiveInstall.stagingPrefix(beside: "\(folder)/bundle")
    }

    func recordPath(_ name: String, _ version: String) -> String { "\(records(name))/\(version).json" }

    /// Refuses a tree that lacks what the config expects.
    func expect(_ paths: [String], in folder: String, _ url: String) async throws(BundleError) {
        for path in paths {
            let isThere = try await onThread { () throws(SystemCallError) in
                try FileStatus.of("\(folder)/\(path)") != nil
            }
            guard isThere else {
                throw .unsuitable(
                    path: url, reason: "\"\(path)\", which the config expects, is missing",
                    remedy: "publish a bundle that has it, or take it out of what the config expects")
            }
        }
    }

    /// Checks manifest and expected files, and says which version this is.
    private func check(
        _ staged: ArchiveInstall.Staged, _ wanted: WantedBundle
    ) async throws(BundleError) -> (ArchiveInstall.Staged, version: String) {
        let url = staged.archive.url
        try await expect(wanted.expectedFiles, in: staged.folder, url)
        let held = try await staged.held { (manifest) throws(BundleError) in try wanted.accept(manifest, from: url) }
        let version = held.manifest?.version ?? wanted.version
        try wanted.acceptVersion(version, from: url)
        return (held.staged, version ?? String(staged.archive.digest.hex.prefix(12)))
    }
}

/// A bundle that a host is to have.
public struct WantedBundle: Sendable {
    /// Its name: a folder's name.
    public let name: String
    /// Where it comes from.
    public let source: ArchiveSource
    /// The version it must be, if that is known beforehand.
    public let version: String?
    /// The oldest version it may be, if any.
    public let minimumVersion: String?
    /// What was seen before where it comes from, if that counts.
    public let least: LeastVersion?
    /// The machine's processor: `x86_64` or `aarch64`.
    public let architecture: String
    /// Files that it must hold.
    public let expectedFiles: [String]
    /// How much it may unpack to.
    public let limits: Unpacker.Limits

    /// Names a wanted bundle.
    public init(
        name: String, source: ArchiveSource, version: String?, minimumVersion: String? = nil,
        least: LeastVersion? = nil, architecture: String, expectedFiles: [String], limits: Unpacker.Limits
    ) {
        self.name = name
        self.source = source
        self.version = version
        self.minimumVersion = minimumVersion
        self.least = least
        self.architecture = architecture
        self.expectedFiles = expectedFiles
        self.limits = limits
    }

    /// Refuses a version that is too old, or not known when there is an oldest one.
    func acceptVersion(_ version: String?, from url: String) throws(BundleError) {
        try least?.accept(version, from: url)
        guard let minimumVersion else { return }
        guard let version else {
            throw .unsuitable(
                path: url, reason: "has no version that \(minimumVersion) could be compared with",
                remedy: "host-bootstrap bundle pack DIR --bundle-version VERSION, or name its \"version\" in the config"
            )
        }
        guard VersionOrder(version) >= VersionOrder(minimumVersion) else {
            throw .tooOld(url: url, version: version, minimum: minimumVersion)
        }
    }

    /// Refuses a manifest that is another bundle's, version's or machine's.
    func accept(_ manifest: BundleManifest, from url: String) throws(BundleError) {
        guard manifest.name == name else {
            throw .unsuitable(
                path: url, reason: "is the bundle \"\(manifest.name)\", not \"\(name)\"",
                remedy: "give \"\(name)\" its own address in the config, or pack this one with --name \(name)")
        }
        if let version, manifest.version != version {
            throw .unsuitable(
                path: url, reason: "is version \(manifest.version), the config says \(version)",
                remedy: "correct \"version\" in the config, or the address of that version")
        }
        guard manifest.arch == "any" || manifest.arch == architecture else {
            throw .unsuitable(
                path: url, reason: "is for \(manifest.arch), this machine is \(architecture)",
                remedy: "name the bundle for \(architecture) in the config")
        }
    }
}

extension BundleStore {
    /// What an installed version requires; nil when it requires nothing, or has no manifest.
    ///
    /// Blocks.
    public func requirements(_ name: String, _ version: String) throws(BundleError) -> BundleRequirements? {
        let path = "\(folder(name, version))/\(BundleManifest.fileName)"
        guard try onDisk({ () throws(SystemCallError) in try FileStatus.of(path) }) != nil else { return nil }
        return try BundleManifest.readHead(ManifestText(file: path, name: path)).requirements
    }
}
