import Archives
import Compression
public import Digests
internal import Glibc
internal import JSON
public import Platform
internal import Projects

/// Makes a bundle of a folder: a tar in Zstandard frames with the manifest first, the same bytes for the same folder.
///
/// Times are the files' own, or one for all if `SOURCE_DATE_EPOCH` says so (reproducible-builds.org); owners are left out.
public struct BundlePacker: Sendable {
    /// What a bundle is called; what is nil is taken from a `manifest.json` in the folder, else from its `package.json` or
    /// `pyproject.toml`.
    public struct Identity: Sendable {
        /// Its name, its version, and the processor it is for: `any`, `x86_64` or `aarch64`.
        public var name: String?, version: String?, architecture: String?

        /// Names nothing.
        public init() {}
    }

    /// A bundle that was written.
    public struct Packed: Sendable {
        /// What it says of itself.
        public let manifest: BundleManifest
        /// Where it is, how many bytes it has, and their digest.
        public let path: String, size: Int64, digest: Digest
        /// What is in the folder and not in it: what version control keeps there, which is no part of a program.
        public let leftOut: [String]
    }

    private static let versionControl = [".git", ".hg", ".svn"]

    private let folder: String
    private let identity: Identity
    private let sourceDate: Int64?

    /// Prepares; `sourceDate` is in seconds since 1970.
    public init(_ folder: String, _ identity: Identity, sourceDate: Int64?) {
        self.folder = folder
        self.identity = identity
        self.sourceDate = sourceDate
    }

    /// Packs into a file, by default `NAME-VERSION-ARCH.tar.zst` here, and writes its SHA-256 beside it.
    ///
    /// Blocks; setting `stop` ends it soon. Either file appears whole or not at all. The folder's bytes are told of twice: while
    /// they are hashed, for the manifest that comes first, and while they are compressed.
    public func run(
        to output: String?, stop: StopFlag = StopFlag(), _ notes: @escaping ProgressNotes = { _ in }
    ) throws(BundleError) -> Packed {
        let tree = try onDisk { () throws(SystemCallError) in
            try SourceTree(folder, leavingOut: Self.versionControl)
        }
        // The folder's own manifest is read for what it says, and another is packed.
        let size = tree.size(without: BundleManifest.filePath)
        let manifest = try manifest(tree, stop, WorkMeter("hashing", of: size, notes))
        let bytes = manifest.json() + [UInt8(ascii: "\n")]
        let suffix = manifest.arch == "any" ? "" : "-\(manifest.arch)"
        let path = output ?? "\(manifest.name)-\(manifest.version)\(suffix).tar.zst"
        try refuse(writing: path, into: tree)
        let (packedSize, digest) = try write(
            path, tree, manifest, bytes, stop, WorkMeter("compressing", of: size, notes))
        try onDisk { () throws(SystemCallError) in
            try Files.replace(
                "\(path).sha256", with: Array("\(digest.hex)  \(Files.name(of: path))\n".utf8), mode: 0o644)
        }
        return Packed(manifest: manifest, path: path, size: packedSize, digest: digest, leftOut: tree.leftOut)
    }

    /// The next bundle of this folder would hold this one.
    private func refuse(writing path: String, into tree: SourceTree) throws(BundleError) {
        let there = try onDisk { () throws(SystemCallError) in
            (
                try FileStatus.of(Files.folder(of: path), followingLink: true),
                try FileStatus.of(folder, followingLink: true)
            )
        }
        guard let above = there.0 else { return }
        let folders = [there.1].compactMap(\.self) + tree.entries.map(\.status).filter { $0.kind == .folder }
        if folders.contains(where: { $0.device == above.device && $0.inode == above.inode }) {
            throw .notPacked(
                path: path, reason: "would lie in the folder that is packed",
                remedy: "name a place outside of it: --output FILE")
        }
    }

    // MARK: Manifest

    /// What a bundle of this folder is called, as far as anybody says: what was given, its manifest, the project's own file.
    ///
    /// Blocks.
    public func knownIdentity() throws(BundleError) -> Identity { try known(by: try draft()) }

    private func known(by draft: BundleManifest.Draft?) throws(BundleError) -> Identity {
        var known = identity
        known.name = known.name ?? draft?.name
        known.version = known.version ?? draft?.version
        known.architecture = known.architecture ?? draft?.arch
        guard known.name == nil || known.version == nil, let project = try project() else { return known }
        known.name = known.name ?? project.name
        known.version = known.version ?? project.version
        return known
    }

    private func draft() throws(BundleError) -> BundleManifest.Draft? {
        let path = "\(folder)/\(BundleManifest.fileName)"
        let there = try onDisk { () throws(SystemCallError) in
            try Files.readIfPresent(path, limit: BundleManifest.largest)
        }
        return try there.map { (bytes) throws(BundleError) in
            try begun { () throws(BundleError) in try BundleManifest.Draft.read(bytes, path: path) }
        }
    }

    private func manifest(
        _ tree: SourceTree, _ stop: StopFlag, _ meter: WorkMeter
    ) throws(BundleError) -> BundleManifest {
        let path = "\(folder)/\(BundleManifest.fileName)"
        let draft = try draft()
        let known = try known(by: draft)
        guard let name = known.name, let version = known.version else {
            throw .notPacked(
                path: folder,
                reason:
                    "no name or no version is given, and no \(BundleManifest.fileName), package.json or pyproject.toml "
                    + "there has one",
                remedy: "give --name NAME and --bundle-version VERSION, or write both into \(path)")
        }
        var files: [BundleManifest.File] = []
        for entry in tree.entries where entry.path != BundleManifest.filePath {
            if stop.isSet { throw .stopped(url: folder) }
            let named = try entry.named(in: folder)
            guard
                case .file(let size, let digest)? = try onDisk({ () throws(SystemCallError) in
                    try tree.unpacked(entry, meter)
                })?.kind
            else { continue }
            files.append(
                BundleManifest.File(path: named.path, mode: entry.status.mode & 0o777, size: size, digest: digest))
        }
        let manifest = BundleManifest(
            name: name, version: version, arch: known.architecture ?? "any", files: files,
            entryPoints: draft?.entryPoints, requirements: draft?.requirements)
        try begun { () throws(BundleError) in try manifest.validate(path: path) }
        return manifest
    }

    private func project() throws(BundleError) -> ProjectIdentity? {
        do throws(ProjectError) { return try ProjectIdentity.of(folder) } catch {
            if case .system(let error) = error { throw .disk(error) }
            let explanation = error.explanation
            throw .notPacked(
                path: explanation.place ?? folder, reason: explanation.problem, remedy: explanation.hint)
        }
    }

    /// What is wrong with a manifest that is being made is for its maker to mend.
    private func begun<Value>(_ body: () throws(BundleError) -> Value) throws(BundleError) -> Value {
        do throws(BundleError) { return try body() } catch {
            guard case .manifest(let path, let reason) = error else { throw error }
            throw .notPacked(
                path: path, reason: reason,
                remedy: "correct that file, or what --name, --bundle-version and --arch say, and pack again")
        }
    }

    // MARK: Archive

    private func write(
        _ path: String, _ tree: SourceTree, _ manifest: BundleManifest, _ bytes: [UInt8], _ stop: StopFlag,
        _ meter: WorkMeter
    ) throws(BundleError) -> (Int64, Digest) {
        let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max)).new"
        do throws(BundleError) {
            let file = try onDisk { () throws(SystemCallError) in
                try Descriptor.open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
            }
            let output = PackedFile(file, temporary)
            try pack(output, tree, manifest, bytes, stop, meter)
            return try onDisk { () throws(SystemCallError) in
                let result = try output.finish()
                try Files.rename(temporary, to: path)
                try Files.synchronizeFolder(Files.folder(of: path))
                return result
            }
        } catch {
            try? Files.remove(temporary)
            throw error
        }
    }

    private func pack(
        _ output: PackedFile, _ tree: SourceTree, _ manifest: BundleManifest, _ bytes: [UInt8], _ stop: StopFlag,
        _ meter: WorkMeter
    ) throws(BundleError) {
        let encoder = try onDisk { () throws(SystemCallError) in
            try ZstdEncoder { (piece) throws(SystemCallError) in try output.write(piece) }
        }
        let newest = tree.entries.map(\.status.modified).max() ?? 0
        let tar = try archived { () throws(ArchiveError) in
            try TarWriter(folder) { (piece) throws(SystemCallError) in try encoder.write(piece) }
        }
        try archived { () throws(ArchiveError) in
            try tar.begin(
                BundleManifest.filePath, .file(size: Int64(bytes.count)), mode: 0o644, modified: date(newest))
        }
        try write(bytes[...], of: BundleManifest.filePath, to: tar)
        let wanted = Dictionary(
            manifest.files.map { (PathBytes($0.path), $0.sha256) }, uniquingKeysWith: { first, _ in first })
        for entry in tree.entries where entry.path != BundleManifest.filePath {
            if stop.isSet { throw .stopped(url: folder) }
            try add(entry, wanted[entry.path], tree, to: tar, meter)
        }
        try archived { () throws(ArchiveError) in try tar.finish() }
        try onDisk { () throws(SystemCallError) in try encoder.finish() }
    }

    private func add(
        _ entry: SourceTree.Entry, _ wanted: String?, _ tree: SourceTree, to tar: TarWriter, _ meter: WorkMeter
    ) throws(BundleError) {
        let kind: TarWriter.Kind
        switch entry.status.kind {
        case .folder: kind = .folder
        case .link: kind = .link(target: entry.target ?? "")
        case .file: kind = .file(size: entry.status.size)
        // Refused before, when it was named.
        case .other: return
        }
        let mode = entry.status.kind == .link ? 0o777 : entry.status.mode & 0o777
        try archived { () throws(ArchiveError) in
            try tar.begin(entry.path, kind, mode: mode, modified: date(entry.status.modified))
        }
        if case .file = kind { try copy(entry, wanted, PathBytes(tree.folder).appending(entry.path), to: tar, meter) }
    }

    /// Adds a file's content; what is no longer as it was hashed would make a bundle that nobody can install.
    private func copy(
        _ entry: SourceTree.Entry, _ wanted: String?, _ path: PathBytes, to tar: TarWriter, _ meter: WorkMeter
    ) throws(BundleError) {
        var hasher = DigestHasher()
        var left = entry.status.size
        let file = try onDisk { () throws(SystemCallError) in try Descriptor.open(path, O_RDONLY | O_NOFOLLOW) }
        var buffer = [UInt8](repeating: 0, count: Int(min(max(left, 4096), 1 << 18)))
        while let count = try onDisk({ () throws(SystemCallError) in try file.read(into: &buffer, path: path.shown) }) {
            left -= Int64(count)
            guard left >= 0 else { break }
            buffer.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            try write(buffer[..<count], of: entry.path, to: tar)
            meter.add(count)
        }
        guard left == 0, hasher.finish().hex == wanted else {
            throw .notPacked(
                path: path.shown, reason: "changed while it was packed",
                remedy: "pack again when nothing writes to it")
        }
    }

    private func write(_ bytes: ArraySlice<UInt8>, of path: PathBytes, to tar: TarWriter) throws(BundleError) {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(ArchiveError) in try tar.write(bytes, of: path) }
        }
        try archived { () throws(ArchiveError) in try result.get() }
    }

    /// What the archive refuses is still in a folder, for its maker to mend.
    private func archived<Value>(_ body: () throws(ArchiveError) -> Value) throws(BundleError) -> Value {
        do throws(ArchiveError) { return try body() } catch {
            guard case .refused(_, let entry, let reason) = error else { throw .archive(error) }
            throw .notPacked(
                path: "\(folder)/\(entry)", reason: reason,
                remedy: "change it or leave it out of the folder, and pack again")
        }
    }

    private func date(_ modified: Int64) -> Int64 { sourceDate.map { $0 * 1_000_000_000 } ?? modified }
}

extension SourceTree.Entry {
    /// Its path, and its target if it is a link, for a manifest, which is text; refuses what no bundle can hold.
    func named(in folder: String) throws(BundleError) -> (path: String, target: String) {
        guard status.kind != .other else {
            throw .notPacked(
                path: "\(folder)/\(path.shown)", reason: "is a device, fifo or socket, which no bundle can hold",
                remedy: "move it out of the folder")
        }
        guard let path = path.string else {
            throw .notPacked(
                path: "\(folder)/\(path.shown)", reason: "its name is no UTF-8, which a manifest cannot hold",
                remedy: "rename it (convmv -f latin1 -t utf8, if that is what it is), or publish an archive of tar(1), "
                    + "without a manifest")
        }
        guard let target = (target ?? "").string else {
            throw .notPacked(
                path: "\(folder)/\(path)", reason: "the link's target is no UTF-8", remedy: "make the link anew")
        }
        return (path, target)
    }
}

/// A file that is hashed as it is written.
private final class PackedFile {
    private let file: Descriptor
    private let path: String
    private var hasher: DigestHasher? = DigestHasher()
    private var size: Int64 = 0

    init(_ file: consuming Descriptor, _ path: String) {
        self.file = file
        self.path = path
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(SystemCallError) {
        hasher?.update(bytes)
        size += Int64(bytes.count)
        try file.write(bytes, path: path)
    }

    func finish() throws(SystemCallError) -> (Int64, Digest) {
        try file.synchronize(path: path)
        let digest = hasher.take()?.finish()
        return (size, digest ?? .of([]))
    }
}
