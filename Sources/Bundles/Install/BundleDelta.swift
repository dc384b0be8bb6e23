internal import Archives
import Digests
internal import Glibc
internal import JSON
public import Platform
import Transfer

/// What leads from one version of a bundle to another: a bundle itself, of what is new in it.
///
/// At its top lie `delta.json`, which says from where, `new-manifest.json`, which says where to, and `tree`, with every folder
/// and link and the files that are not in the old version as they must be.
public struct BundleDelta: Sendable {
    /// `delta.json`.
    struct Head: Codable {
        /// SHA-256 of the old version's manifest.
        let parent: String
        /// The two versions, for people.
        let from: String, to: String
        /// The digests of the new version's archive, which this stands for; none when it was made of a tree.
        let archive: [String]
        var schemaVersion = 1

        enum CodingKeys: String, CodingKey {
            case parent, from, to, archive
            case schemaVersion = "schema_version"
        }

        static let fileName = "delta.json"
        static let newManifest = "new-manifest.json"
        static let tree = "tree"
    }

    private let old: String, new: String
    private let scratch: String

    /// Takes two versions, each an archive or a tree; archives are unpacked below `scratch`.
    public init(from old: String, to new: String, scratch: String) {
        self.old = old
        self.new = new
        self.scratch = scratch
    }

    /// Writes the delta, by default `NAME-OLD-NEW[-ARCH].delta.tar.zst` here, and its SHA-256 beside it.
    ///
    /// Blocks; setting `stop` ends it soon. Either version that is not as its manifest says is refused.
    public func write(
        to output: String?, stop: StopFlag = StopFlag(), _ notes: @escaping ProgressNotes = { _ in }
    ) throws(BundleError) -> BundlePacker.Packed {
        let work = try onDisk { () throws(SystemCallError) in
            try Folders.make(scratch)
            return try WorkFolder(prefix: "\(scratch)/.host-bootstrap-delta-")
        }
        defer { work.remove() }
        let before = try BundleVerification.opened(
            old, in: "\(work.path)/old", stop: stop, as: "reading OLD", notes)
        let after = try BundleVerification.opened(
            new, in: "\(work.path)/new", stop: stop, as: "reading NEW", notes)
        guard before.manifest.name == after.manifest.name else {
            throw .unsuitable(
                path: new, reason: "is the bundle \"\(after.manifest.name)\", not \"\(before.manifest.name)\"",
                remedy: "name two versions of one bundle")
        }
        let delta = "\(work.path)/delta"
        try fill(delta, before.folder, after.folder, stop)
        try onDisk { () throws(SystemCallError) in
            let parent = try FileDigest.of("\(before.folder)/\(BundleManifest.fileName)").hex
            let isTree = try FileStatus.of(new, followingLink: true)?.kind == .folder
            let digests = isTree ? [] : [try FileDigest.of(new).hex, try FileDigest.of(new, .sha512).hex]
            let head = Head(
                parent: parent, from: before.manifest.version, to: after.manifest.version, archive: digests)
            try Files.replace("\(delta)/\(Head.fileName)", with: head.json(), mode: 0o644)
        }
        var identity = BundlePacker.Identity()
        identity.name = after.manifest.name
        identity.version = after.manifest.version
        identity.architecture = after.manifest.arch
        let suffix = after.manifest.arch == "any" ? "" : "-\(after.manifest.arch)"
        let (name, from, to) = (after.manifest.name, before.manifest.version, after.manifest.version)
        // One date for all: what is in it decides its bytes, not when it was made.
        return try BundlePacker(delta, identity, sourceDate: 0)
            .run(to: output ?? "\(name)-\(from)-\(to)\(suffix).delta.tar.zst", stop: stop, notes)
    }

    private func fill(
        _ delta: String, _ before: String, _ after: String, _ stop: StopFlag
    ) throws(BundleError) {
        var known: [PathBytes: String] = [:]
        _ = try ManifestText(file: "\(before)/\(BundleManifest.fileName)", name: old)
            .read { (file) throws(BundleError) in known[PathBytes(file.path)] = file.sha256 }
        var changed = Set<PathBytes>()
        _ = try ManifestText(file: "\(after)/\(BundleManifest.fileName)", name: new)
            .read { (file) throws(BundleError) in
                let path = PathBytes(file.path)
                if known[path] != file.sha256 { changed.insert(path) }
            }
        let top = "\(delta)/\(Head.tree)"
        let tree = try onDisk { () throws(SystemCallError) in
            try Folders.make(top)
            try Files.copy(
                "\(after)/\(BundleManifest.fileName)", to: "\(delta)/\(Head.newManifest)", mode: 0o644, durably: false)
            return try SourceTree(after)
        }
        for entry in tree.entries where entry.path != BundleManifest.filePath {
            if stop.isSet { throw .stopped(url: new) }
            let (path, target) = try entry.named(in: new)
            try onDisk { () throws(SystemCallError) in
                switch entry.status.kind {
                case .folder: try Folders.make("\(top)/\(path)", mode: 0o755)
                case .link: try Files.replaceLink("\(top)/\(path)", target: target)
                case .file where changed.contains(entry.path):
                    try Files.copy(
                        "\(after)/\(path)", to: "\(top)/\(path)", mode: entry.status.mode & 0o777, durably: false)
                default: break
                }
            }
        }
        // Last: what may not be written to could not have been filled.
        for entry in tree.entries where entry.status.kind == .folder {
            try onDisk { () throws(SystemCallError) in
                try Files.setMode(PathBytes(top).appending(entry.path), entry.status.mode & 0o777)
            }
        }
    }
}

extension BundleError {
    fileprivate static func noDelta(_ url: String, _ reason: String) -> BundleError {
        .unsuitable(
            path: url, reason: "is no delta: \(reason)",
            remedy: "publish there what host-bootstrap bundle delta OLD NEW writes")
    }
}

extension BundleStore {
    /// Makes a version out of an installed one and a delta; the record says what the whole bundle's would.
    ///
    /// Every file of the result is held to the new version's manifest. Fails when the delta's parent is not installed, or not
    /// as it was: then the whole bundle is to be fetched.
    public func install(
        _ wanted: WantedBundle, delta: ArchiveSource, _ fetcher: ArchiveFetcher, _ notes: @escaping ProgressNotes
    ) async throws(BundleError) -> InstallRecord {
        let name = wanted.name
        let digest = try await fetcher.promisedDigest(wanted.source)
        let install = ArchiveInstall(fetcher, delta, limits: wanted.limits)
        return try await install.unpacked(beside: folder(name, "bundle"), notes) { staged throws(BundleError) in
            let staged = try await staged.held().staged
            let (manifest, listing) = try await onOwnStoppableThread { (stop) throws(BundleError) in
                try assemble(staged, name: name, insteadOf: digest, stop)
            }
            try await expect(wanted.expectedFiles, in: "\(staged.folder)/\(BundleDelta.Head.tree)", staged.archive.url)
            try wanted.accept(manifest, from: staged.archive.url)
            try wanted.acceptVersion(manifest.version, from: staged.archive.url)
            let archive = FetchedArchive(
                digest: digest ?? staged.archive.digest, url: wanted.source.urls[0].description,
                verification: staged.archive.verification, manifest: wanted.source.manifest)
            let whole = ArchiveInstall.Staged(
                archive: archive, folder: "\(staged.folder)/\(BundleDelta.Head.tree)", listing: listing)
            return try await place(whole, name, manifest.version, install)
        }
    }

    /// Fills the delta's tree up with the old version's files, and checks all of it.
    private func assemble(
        _ staged: ArchiveInstall.Staged, name: String, insteadOf digest: Digest?, _ stop: StopFlag
    ) throws(BundleError) -> (BundleManifest, TreeListing) {
        let (url, folder) = (staged.archive.url, staged.folder)
        let bytes = try onDisk { () throws(SystemCallError) in
            try Files.readIfPresent("\(folder)/\(BundleDelta.Head.fileName)", limit: 1 << 16)
        }
        guard let head = bytes.flatMap({ try? BundleDelta.Head(json: $0) }),
            head.schemaVersion == 1
        else { throw .noDelta(url, "it has no good \(BundleDelta.Head.fileName)") }
        // What is promised of the archive must be promised of what stands for it.
        if let digest, !head.archive.contains(digest.hex) {
            throw .unsuitable(
                path: url, reason: "does not stand for the archive with the digest \(digest.hex)",
                remedy: "make the delta of that very archive (host-bootstrap bundle delta OLD NEW), and publish both")
        }
        let parent = try onDisk { () throws(SystemCallError) -> String? in
            for record in try versions(name, archive: nil) {
                let old = self.folder(name, record.version)
                let manifest = "\(old)/\(BundleManifest.fileName)"
                if try FileStatus.of(manifest) != nil, try FileDigest.of(manifest).hex == head.parent { return old }
            }
            return nil
        }
        guard let parent else {
            throw .unsuitable(
                path: url, reason: "leads on from version \(head.from), which is not installed",
                remedy: "nothing: the whole bundle is fetched instead")
        }
        let top = "\(folder)/\(BundleDelta.Head.tree)"
        try checkShape(folder, of: url)
        try onDisk { () throws(SystemCallError) in
            try Files.rename("\(folder)/\(BundleDelta.Head.newManifest)", to: "\(top)/\(BundleManifest.fileName)")
        }
        let text = ManifestText(file: "\(top)/\(BundleManifest.fileName)", name: url)
        let (manifest, check) = try BundleManifest.read(text)
        _ = try text.read { (file) throws(BundleError) in
            if stop.isSet { throw .stopped(url: url) }
            try onDisk { () throws(SystemCallError) in
                let path = "\(top)/\(file.path)"
                if try FileStatus.of(path) == nil {
                    try Files.copy("\(parent)/\(file.path)", to: path, mode: file.permissions, durably: false)
                } else {
                    try Files.setMode(path, file.permissions)
                }
            }
        }
        let listing = try TreeListingWriter.list(top, of: url, in: "\(folder)/listing", stop)
        let findings = try onDisk { () throws(SystemCallError) in try check.findings(listing) }
        if let finding = findings.first { throw .manifest(path: url, reason: finding.words) }
        return (manifest, listing)
    }

    /// What unpacking allowed of the delta is not yet what is allowed of the tree in it, which is all that stays.
    private func checkShape(_ folder: String, of url: String) throws(BundleError) {
        let top = "\(folder)/\(BundleDelta.Head.tree)"
        let (tree, manifest) = try onDisk { () throws(SystemCallError) in
            (try FileStatus.of(top), try FileStatus.of("\(folder)/\(BundleDelta.Head.newManifest)"))
        }
        guard tree?.kind == .folder, manifest?.kind == .file else {
            throw .noDelta(url, "its tree is no folder, or its manifest no file")
        }
        for entry in try onDisk({ () throws(SystemCallError) in try SourceTree(top) }).entries {
            guard let target = entry.target,
                let reason = LinkRule.trouble(target, depth: entry.path.parts.count - 1)
            else { continue }
            throw .manifest(
                path: url, reason: "holds a link that no bundle may hold, \"\(entry.path.shown)\": \(reason)")
        }
    }
}
