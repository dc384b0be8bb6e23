import Archives
import Digests
internal import Glibc
import Platform

/// A folder's content as a bundle would hold it, in the order of its paths, folders before what is in them.
struct SourceTree: Sendable {
    /// One thing in it.
    struct Entry: Sendable {
        let path: PathBytes
        let status: FileStatus
        /// Where a link points.
        let target: PathBytes?
    }

    let folder: String
    let entries: [Entry]
    /// What is there and was not looked at.
    let leftOut: [String]

    /// Looks at all of it but these names right in it.
    ///
    /// Blocks. Sockets, devices and fifos are in it too, for their finder to refuse.
    init(_ folder: String, leavingOut names: [String] = []) throws(SystemCallError) {
        self.folder = folder
        var entries: [Entry] = [], leftOut: [String] = []
        for name in names where try FileStatus.of("\(folder)/\(name)") != nil { leftOut.append(name) }
        self.leftOut = leftOut
        try Self.collect(PathBytes(folder), "", &entries, without: leftOut.map { PathBytes($0) })
        self.entries = entries.sorted { $0.path < $1.path }
    }

    private static func collect(
        _ folder: PathBytes, _ prefix: PathBytes, _ entries: inout [Entry], without names: [PathBytes] = []
    ) throws(SystemCallError) {
        for name in try Folders.entries(in: folder) where !names.contains(name) {
            let full = folder.appending(name), path = prefix.appending(name)
            // Nothing is left out in silence: what is gone meanwhile is told of.
            guard let status = try FileStatus.of(full) else {
                throw SystemCallError("lstat", full.shown, code: ENOENT)
            }
            let target = status.kind == .link ? try Files.linkTarget(full) : nil
            entries.append(Entry(path: path, status: status, target: target))
            if status.kind == .folder { try collect(full, path, &entries) }
        }
    }

    /// How many bytes its files have, without that at a path.
    func size(without path: PathBytes? = nil) -> Int64 {
        entries.reduce(0) { $0 + ($1.status.kind == .file && $1.path != path ? $1.status.size : 0) }
    }

    /// The same as an unpacked tree would tell of itself, files hashed.
    ///
    /// Blocks.
    func unpacked(_ entry: Entry, _ meter: WorkMeter? = nil) throws(SystemCallError) -> UnpackedEntry? {
        let kind: UnpackedEntry.Kind
        switch entry.status.kind {
        case .file:
            let digest = try FileDigest.of(PathBytes(folder).appending(entry.path)) { meter?.add($0) }
            kind = .file(size: entry.status.size, digest: digest)
        case .folder: kind = .folder
        case .link: kind = .link(target: entry.target ?? "")
        case .other: return nil
        }
        return UnpackedEntry(path: entry.path, kind: kind, mode: entry.status.mode, modified: entry.status.modified)
    }
}
