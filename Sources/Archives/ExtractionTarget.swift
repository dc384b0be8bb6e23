import CLinux
import Digests
internal import Glibc
import Platform

/// Puts entries beneath one open folder.
///
/// The kernel refuses to leave it, or to go through any link on the way, or to take a name twice. Folders and links are
/// made here, in the archive's order; small files are read here and made by other threads.
final class ExtractionTarget {
    let archive: String
    let folder: String
    private let limits: Unpacker.Limits
    let policy: ExtractionPolicy
    private let top: Descriptor
    private let umask: UInt32
    /// Decided by the first entry.
    var tell: UnpackedEntries?
    private let telling: Telling?
    private var begun: FileWriters?
    private var batch: Batch
    /// How many files and links there are so far.
    private var others = 0
    /// Only folders are kept by name: memory must not grow with the number of files.
    var folders: [PathBytes: Folder] = [:]
    var linked: [PathBytes: UnpackedEntry] = [:]
    private var bytes: Int64 = 0
    private var last: (raw: ArraySlice<UInt8>, parent: Parent)?
    private var seen = SeenNames()
    private var replaced: [PathBytes: Int] = [:]
    private var hasFile = false

    /// What a folder gets in the end.
    struct Folder {
        let mode: UInt32
        let modified: Int64?
    }

    /// Where an entry lands: its folder's path, empty for the top one, and that folder, open.
    struct Parent {
        let parts: [PathBytes]
        let path: PathBytes
        let folder: OpenFolder
    }

    /// Files up to so many bytes are made by the writers; a larger one would hold all others up in its batch.
    private static let small = Batch.size / 4
    /// From here on a file is given its room at once.
    private static let large: Int64 = 16 << 20
    /// What is read at once of a larger one.
    static let piece = 1 << 18
    /// Files that come again; their paths are kept.
    private static let mostReplaced = 10_000

    init(
        archive: String, folder: String, strip: Int, limits: Unpacker.Limits, umask: UInt32, _ telling: Telling?
    ) throws(ArchiveError) {
        self.archive = archive
        self.folder = folder
        self.limits = limits
        self.telling = telling
        policy = ExtractionPolicy(archive: archive, strip: strip)
        self.umask = umask
        do throws(SystemCallError) { top = try Descriptor.open(folder, O_RDONLY | O_DIRECTORY) } catch {
            throw .disk(error)
        }
        batch = Batch()
    }

    deinit { begun?.end() }

    func extract(_ entry: ArchiveEntry, _ reader: inout ArchiveReader) throws(ArchiveError) {
        if begun == nil {
            if let telling, telling.isWanted(entry.path) { tell = telling.tell }
            let (threads, umask, tell) = (limits.writers, umask, tell)
            begun = try onDisk { () throws(SystemCallError) in
                try FileWriters(threads: threads, umask: umask, tell)
            }
        }
        guard let (parent, name) = try place(of: entry) else { return }
        // Those above it that no entry names are counted with the next entry.
        guard others + folders.count < limits.entries else {
            throw .tooManyEntries(path: archive, limit: limits.entries)
        }
        if entry.kind != .folder { others += 1 }
        if !limits.links, entry.kind.isLink { throw policy.refuse(entry, "it is a link") }
        switch entry.kind {
        case .folder: try makeFolder(parent, name, entry)
        case .file: try extract(file: entry, in: parent, name, &reader)
        case .link(let target):
            try policy.checkLink(target, from: parent.parts + [name], entry)
            try makeLink(to: target, parent, name, entry)
        case .hardLink(let target):
            try makeHardLink(to: try policy.hardLinkTarget(target, entry), parent, name, entry)
        case .special: throw policy.refuse(entry, "it is a device, fifo or socket")
        }
    }

    /// Gives folders their modes, which could have kept files out before.
    ///
    /// The answer is how often a file's path came again.
    func finish() throws(ArchiveError) -> [PathBytes: Int] {
        try drain()
        begun?.end()
        guard hasFile else { throw .empty(path: archive) }
        for (path, wanted) in folders {
            // The owner keeps every right: a folder that cannot be entered could never be replaced.
            let full = PathBytes(folder).appending(path), mode = wanted.mode | 0o700
            try onDisk { () throws(SystemCallError) in try Files.setMode(full, mode) }
            if let modified = wanted.modified {
                let times = [NewFile.time(modified), NewFile.time(modified)]
                _ = full.call { utimensat(AT_FDCWD, $0, times, AT_SYMLINK_NOFOLLOW) }
            }
            try record(UnpackedEntry(path: path, kind: .folder, mode: mode))
        }
        return replaced
    }

    func record(_ entry: UnpackedEntry) throws(ArchiveError) {
        guard let tell else { return }
        try onDisk { () throws(SystemCallError) in try tell([entry]) }
    }

    // MARK: Places

    /// The folder and the name for an entry; nil for the top folder itself.
    private func place(of entry: ArchiveEntry) throws(ArchiveError) -> (Parent, PathBytes)? {
        // Entries of one folder mostly follow each other: only the name is new then.
        if let last, let name = policy.name(of: entry, below: last.raw) { return (last.parent, name) }
        let parts = try policy.parts(of: entry)
        guard let name = parts.last else { return nil }
        let parent = try openParent(Array(parts.dropLast()), entry)
        // A folder's own name ends in a slash: what comes before that is not its parent.
        let bytes = entry.path.bytes, separator = UInt8(ascii: "/")
        if policy.strip == 0, bytes.last != separator, let slash = bytes.lastIndex(of: separator) {
            last = (bytes[...slash], parent)
        }
        return (parent, name)
    }

    /// The open folder that holds an entry, made with all above it when no entry named them.
    func openParent(_ parts: [PathBytes], _ entry: ArchiveEntry) throws(ArchiveError) -> Parent {
        let path = PathBytes.joined(parts)
        if let last, last.parent.path == path { return last.parent }
        if let name = parts.last, folders[path] == nil {
            let above = try openParent(Array(parts.dropLast()), entry)
            try makeFolder(above, name, ArchiveEntry(path: path, kind: .folder, mode: 0o755))
        }
        let below: PathBytes = parts.isEmpty ? "." : path, top = top.number
        let number = below.call {
            let number = linux_open_beneath(top, $0, O_RDONLY | O_DIRECTORY, 0)
            if number < 0 { errno = -number }
            return number
        }
        guard number >= 0 else { throw failure(entry, "openat2", code: -number) }
        return Parent(parts: parts, path: path, folder: OpenFolder(Descriptor(owning: number)))
    }

    private func makeFolder(_ parent: Parent, _ name: PathBytes, _ entry: ArchiveEntry) throws(ArchiveError) {
        let path = parent.path.appending(name)
        if folders[path] == nil {
            try make(name, entry, "mkdirat") { mkdirat(parent.folder.descriptor.number, $0, 0o700) }
        }
        // Named twice, the last word on its mode counts.
        folders[path] = Folder(mode: entry.mode, modified: entry.modified)
    }

    // MARK: Files

    private func extract(
        file entry: ArchiveEntry, in parent: Parent, _ name: PathBytes, _ reader: inout ArchiveReader
    ) throws(ArchiveError) {
        let path = parent.path.appending(name)
        try makeWay(for: path, in: parent, name)
        guard let size = entry.size, size <= Self.small else {
            return try landLarge(entry, in: parent, name, path, &reader)
        }
        try count(size)
        let room = try room(Int(size))
        guard try reader.fill(room) else {
            throw .damaged(path: archive, entry: entry.path.shown, reason: "its length is wrong")
        }
        let position = batch.position
        batch.add(
            PendingFile(
                folder: parent.folder, name: name, path: path, mode: entry.mode, modified: entry.modified,
                content: position..<position + room.count))
    }

    /// Removes a file that an entry before this one made: the last word counts, as tar(1) and unzip(1) have it.
    func makeWay(for path: PathBytes, in parent: Parent, _ name: PathBytes) throws(ArchiveError) {
        hasFile = true
        guard seen.insert(path) else { return }
        // It may still be on its way.
        try drain()
        let folder = parent.folder.descriptor.number
        var status = stat()
        guard name.call({ fstatat(folder, $0, &status, AT_SYMLINK_NOFOLLOW) }) == 0, status.st_mode & S_IFMT == S_IFREG
        else { return }
        replaced[path, default: 0] += 1
        guard replaced.count <= Self.mostReplaced else {
            throw .refused(
                path: archive, entry: path.shown, reason: "more than \(Self.mostReplaced) files come more than once")
        }
        linked[path] = nil
        try make(name, ArchiveEntry(path: path, kind: .file, mode: 0), "unlinkat") { unlinkat(folder, $0, 0) }
    }

    private func room(_ count: Int) throws(ArchiveError) -> UnsafeMutableRawBufferPointer {
        if let room = batch.room(count) { return room }
        try handOver()
        return batch.room(count) ?? UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }

    private func handOver() throws(ArchiveError) {
        guard !batch.isEmpty, let writers = begun else { return }
        writers.put(batch)
        do throws(FileWriters.WriteFailure) { batch = try writers.take() } catch { throw failure(error) }
    }

    func drain() throws(ArchiveError) {
        try handOver()
        do throws(FileWriters.WriteFailure) { try begun?.drain() } catch { throw failure(error) }
    }

    /// Written as it is read, by this thread: its pieces must stay in order.
    private func landLarge(
        _ entry: ArchiveEntry, in parent: Parent, _ name: PathBytes, _ path: PathBytes, _ reader: inout ArchiveReader
    ) throws(ArchiveError) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
        let number = name.call { openat(parent.folder.descriptor.number, $0, flags | O_CLOEXEC, entry.mode) }
        guard number >= 0 else { throw failure(entry, "openat", code: -number) }
        let file = Descriptor(owning: number), shown = "\(folder)/\(path.shown)"
        // Told beforehand, a disk keeps it in one piece; those that can't do it are none the worse.
        if let size = entry.size, size >= Self.large, size <= limits.bytes { _ = linux_preallocate(number, size) }
        var hasher = DigestHasher()
        var size: Int64 = 0
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.piece, alignment: 64)
        defer { buffer.deallocate() }
        while let count = try reader.read(into: buffer) {
            try self.count(Int64(count))
            size += Int64(count)
            let piece = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            if tell != nil { hasher.update(piece) }
            try onDisk { () throws(SystemCallError) in try file.write(piece, path: shown) }
        }
        let modified = try onDisk { () throws(SystemCallError) in
            try NewFile.finish(file, shown, mode: entry.mode, umask: umask, modified: entry.modified)
        }
        guard tell != nil else { return }
        let kind = UnpackedEntry.Kind.file(size: size, digest: hasher.finish())
        try record(UnpackedEntry(path: path, kind: kind, mode: entry.mode, modified: modified))
    }

    private func count(_ more: Int64) throws(ArchiveError) {
        bytes += more
        guard bytes <= limits.bytes else { throw .tooLarge(path: archive, limit: "\(limits.bytes >> 20) MiB") }
    }

    // MARK: Calls

    private func make(
        _ name: PathBytes, _ entry: ArchiveEntry, _ call: String, _ body: (UnsafePointer<CChar>) -> Int32
    ) throws(ArchiveError) {
        let code = name.call(body)
        guard code < 0 else { return }
        throw failure(entry, call, code: -code)
    }

    private func failure(_ error: FileWriters.WriteFailure) -> ArchiveError {
        switch error {
        case .telling(let error): .disk(error)
        case .making(let path, let call, let code):
            failure(ArchiveEntry(path: path, kind: .file, mode: 0), call, code: code)
        }
    }

    /// What an archive can cause is its fault, the rest the disk's.
    func failure(_ entry: ArchiveEntry, _ call: String, code: Int32) -> ArchiveError {
        switch code {
        case EEXIST: policy.refuse(entry, "its name is taken by an entry before it")
        case ENOTDIR: policy.refuse(entry, "its path leads through what is no folder")
        case ELOOP, EXDEV: policy.refuse(entry, "its path leads through a link")
        default: .disk(SystemCallError(call, "\(folder)/\(entry.path.shown)", code: code))
        }
    }
}
