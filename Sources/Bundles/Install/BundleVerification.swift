public import Archives
import Compression
internal import Glibc
public import Platform

/// Holds a bundle against its own manifest: an archive, or a tree that was installed from one.
public struct BundleVerification: Sendable {
    /// What the bundle says of itself.
    public let manifest: BundleManifest
    /// How many files it names.
    public let files: Int
    /// In what it is not as it says, one sentence each.
    public let findings: [String]

    /// Looks at an archive or a folder.
    ///
    /// Blocks. An archive is unpacked below `scratch`, under the rules that an installation keeps, and removed again; its
    /// files' modes do not count, since an installation gives them the manifest's. Setting `stop` ends it soon.
    public static func of(
        _ path: String, scratch: String, limits: Unpacker.Limits, stop: StopFlag = StopFlag(),
        _ notes: @escaping ProgressNotes = { _ in }
    ) throws(BundleError) -> Self {
        if try isFolder(path) { return try ofTree(path, stop, Work("hashing", notes)) }
        let staging = try onDisk { () throws(SystemCallError) in
            try Folders.make(scratch)
            return try WorkFolder(prefix: "\(scratch)/.host-bootstrap-verifying-")
        }
        defer { staging.remove() }
        return try ofArchive(path, staging.path, limits, stop, Work("unpacking", notes))
    }

    /// What looking is called, and who is told how far it is.
    private struct Work {
        let name: String
        let notes: ProgressNotes

        init(_ name: String, _ notes: @escaping ProgressNotes) {
            self.name = name
            self.notes = notes
        }

        func meter(of whole: Int64) -> WorkMeter { WorkMeter(name, of: whole, notes) }
    }

    /// A bundle's tree, unpacked into a folder if it is an archive; one that is not as its manifest says is refused.
    ///
    /// `work` is what that is called where it is told how far it is.
    static func opened(
        _ path: String, in folder: String, stop: StopFlag, as work: String, _ notes: @escaping ProgressNotes
    ) throws(BundleError) -> (folder: String, manifest: BundleManifest) {
        let found: Self
        let tree: String
        let work = Work(work, notes)
        if try isFolder(path) {
            (found, tree) = (try ofTree(path, stop, work), path)
        } else {
            try onDisk { () throws(SystemCallError) in try Folders.make(folder, mode: 0o700) }
            (found, tree) = (try ofArchive(path, folder, .init(), stop, work), "\(folder)/content")
        }
        if let finding = found.findings.first { throw .manifest(path: path, reason: finding) }
        return (tree, found.manifest)
    }

    private static func isFolder(_ path: String) throws(BundleError) -> Bool {
        let status = try onDisk { () throws(SystemCallError) in try FileStatus.of(path, followingLink: true) }
        guard let status else { throw .disk(SystemCallError("open", path, code: ENOENT)) }
        return status.kind == .folder
    }

    private static func ofArchive(
        _ path: String, _ staging: String, _ limits: Unpacker.Limits, _ stop: StopFlag, _ work: Work
    ) throws(BundleError) -> Self {
        let (folder, listing) = ("\(staging)/content", TreeListing(path: "\(staging)/listing"))
        do throws(ArchiveError) {
            let input: GrowingFile, writer: TreeListingWriter
            do throws(SystemCallError) {
                try Folders.make(folder)
                let meter = work.meter(of: try FileStatus.of(path, followingLink: true)?.size ?? 0)
                input = try GrowingFile.complete(path) { meter.add($0) }
                writer = try TreeListingWriter(listing.path)
            } catch {
                throw .disk(error)
            }
            let replaced = try Unpacker(input, name: path, into: folder, limits: limits).run {
                (entries) throws(SystemCallError) in
                if stop.isSet { input.interrupt() }
                try writer.add(entries)
            }
            do throws(SystemCallError) { try writer.finish(dropping: replaced) } catch { throw .disk(error) }
        } catch {
            throw .archive(error)
        }
        let (manifest, check) = try manifest(in: folder, of: path)
        let findings = try onDisk { () throws(SystemCallError) in try check.findings(listing) }
        return Self(
            manifest: manifest, files: check.count,
            findings: findings.filter { if case .otherMode = $0 { false } else { true } }.map(\.words))
    }

    private static func ofTree(_ folder: String, _ stop: StopFlag, _ work: Work) throws(BundleError) -> Self {
        let (manifest, fresh) = try manifest(in: folder, of: folder)
        var check = fresh
        var findings: [String] = []
        let tree = try onDisk { () throws(SystemCallError) in try SourceTree(folder) }
        let meter = work.meter(of: tree.size())
        for entry in tree.entries {
            if stop.isSet { throw .stopped(url: folder) }
            if let unpacked = try onDisk({ () throws(SystemCallError) in try tree.unpacked(entry, meter) }) {
                check.look(at: unpacked)
            } else {
                findings.append("\"\(entry.path.shown)\" is a device, fifo or socket")
            }
        }
        return Self(manifest: manifest, files: check.count, findings: findings + check.finish().map(\.words))
    }

    private static func manifest(
        in folder: String, of path: String
    ) throws(BundleError) -> (manifest: BundleManifest, check: ManifestCheck) {
        let file = "\(folder)/\(BundleManifest.fileName)", name = "\(path): \(BundleManifest.fileName)"
        guard try onDisk({ () throws(SystemCallError) in try FileStatus.of(file) }) != nil else {
            throw .unsuitable(
                path: path, reason: "has no \(BundleManifest.fileName) at its top",
                remedy: "host-bootstrap bundle pack DIR writes one")
        }
        return try BundleManifest.read(ManifestText(file: file, name: name))
    }
}
