import CLinux
import Digests
internal import Glibc
import Platform

/// Puts entries beneath one open folder.
///
/// The kernel refuses to leave it, or to go through any link on the way.
struct Landing: ~Copyable {
    private let archive: String
    private let folder: String
    private let limits: Unpacker.Limits
    private let policy: LandingPolicy
    private let top: Descriptor
    private var buffer = [UInt8](repeating: 0, count: 1 << 17)
    private var listing: [UnpackedEntry] = []
    private var files: [String: Int] = [:]
    private var folderModes: [String: UInt32] = [:]
    private var bytes: Int64 = 0
    private var parent: (path: String, folder: OpenFolder)?

    /// Shared, so that the last folder used can be kept open.
    private final class OpenFolder {
        let descriptor: Descriptor
        init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
    }

    init(archive: String, folder: String, strip: Int, limits: Unpacker.Limits) throws(ArchiveError) {
        self.archive = archive
        self.folder = folder
        self.limits = limits
        policy = LandingPolicy(archive: archive, strip: strip)
        top = try onDisk { () throws(SystemCallError) in try Descriptor.open(folder, O_RDONLY | O_DIRECTORY) }
    }

    mutating func land(
        _ entry: ArchiveEntry, _ reader: inout ArchiveReader, isStopped: () -> Bool
    ) throws(ArchiveError) {
        let parts = try policy.parts(of: entry)
        guard let name = parts.last else { return }
        let path = parts.joined(separator: "/")
        // Those above it that no entry names are counted with the next entry.
        guard listing.count + folderModes.count < limits.entries else {
            throw .tooLarge(path: archive, limit: "\(limits.entries) entries")
        }
        switch entry.kind {
        case .folder: try makeFolder(parts, entry)
        case .file:
            let file = try create(parts, entry)
            try fill(file, path, entry, &reader, isStopped)
        case .link(let target):
            try policy.checkLink(target, from: parts, entry)
            let parent = try openParent(parts, entry)
            try make(entry, "symlinkat") { symlinkat(target, parent.descriptor.number, name) }
            listing.append(UnpackedEntry(path: path, kind: .link(target: target), mode: 0o777))
        case .hardLink(let target): try makeHardLink(to: try policy.hardLinkTarget(target, entry), parts, entry)
        case .special: throw policy.refuse(entry, "it is a device, fifo or socket")
        }
    }

    /// Gives folders their modes, which could have kept files out before, and brings everything to the disk.
    consuming func finish() throws(ArchiveError) -> [UnpackedEntry] {
        for (path, mode) in folderModes {
            // The owner keeps every right: a folder that cannot be entered could never be replaced.
            let full = "\(folder)/\(path)"
            try onDisk { () throws(SystemCallError) in try Files.setMode(full, mode | 0o700) }
            listing.append(UnpackedEntry(path: path, kind: .folder, mode: mode | 0o700))
        }
        // One call for all files: an fsync each would cost a disk's turn for every small file.
        let code = linux_sync_file_system(top.number)
        guard code >= 0 else { throw .disk(SystemCallError("syncfs", folder, code: -code)) }
        return listing.sorted { $0.path < $1.path }
    }

    // MARK: Files

    private mutating func create(_ parts: [String], _ entry: ArchiveEntry) throws(ArchiveError) -> Descriptor {
        _ = try openParent(parts, entry)
        let path = parts.joined(separator: "/")
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
        return Descriptor(owning: try opened(entry) { linux_open_beneath(top.number, path, flags, 0o600) })
    }

    private mutating func fill(
        _ file: borrowing Descriptor, _ path: String, _ entry: ArchiveEntry, _ reader: inout ArchiveReader,
        _ isStopped: () -> Bool
    ) throws(ArchiveError) {
        var hasher = DigestHasher()
        var size: Int64 = 0
        while true {
            if isStopped() { throw .cancelled(path: archive) }
            guard let count = try read(&reader) else { break }
            size += Int64(count)
            bytes += Int64(count)
            guard bytes <= limits.bytes else { throw .tooLarge(path: archive, limit: "\(limits.bytes >> 20) MiB") }
            let full = "\(folder)/\(path)"
            let failure = buffer.withUnsafeBytes { bytes -> SystemCallError? in
                let piece = UnsafeRawBufferPointer(rebasing: bytes[..<count])
                hasher.update(piece)
                do throws(SystemCallError) {
                    try file.write(piece, path: full)
                    return nil
                } catch {
                    return error
                }
            }
            if let failure { throw .disk(failure) }
        }
        try make(entry, "fchmod") { fchmod(file.number, entry.mode) }
        files[path] = listing.count
        listing.append(UnpackedEntry(path: path, kind: .file(size: size, digest: hasher.finish()), mode: entry.mode))
    }

    private mutating func read(_ reader: inout ArchiveReader) throws(ArchiveError) -> Int? {
        let result: Result<Int?, ArchiveError> = buffer.withUnsafeMutableBytes { bytes in
            do throws(ArchiveError) { return .success(try reader.read(into: bytes)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    private mutating func makeHardLink(
        to target: [String], _ parts: [String], _ entry: ArchiveEntry
    ) throws(ArchiveError) {
        guard let name = parts.last, let targetName = target.last, let index = files[target.joined(separator: "/")]
        else {
            throw policy.refuse(entry, "it links to what is no file of this archive before it")
        }
        let from = try openParent(target, entry)
        let to = try openParent(parts, entry)
        try make(entry, "linkat") { linkat(from.descriptor.number, targetName, to.descriptor.number, name, 0) }
        let original = listing[index]
        let path = parts.joined(separator: "/")
        files[path] = listing.count
        listing.append(UnpackedEntry(path: path, kind: original.kind, mode: original.mode))
    }

    // MARK: Folders

    private mutating func makeFolder(_ parts: [String], _ entry: ArchiveEntry) throws(ArchiveError) {
        guard let name = parts.last else { return }
        let path = parts.joined(separator: "/")
        if folderModes[path] == nil {
            let parent = try openParent(parts, entry)
            try make(entry, "mkdirat") { mkdirat(parent.descriptor.number, name, 0o700) }
        }
        folderModes[path] = entry.mode
    }

    /// The open folder that holds an entry, made with all above it when no entry named them.
    private mutating func openParent(_ parts: [String], _ entry: ArchiveEntry) throws(ArchiveError) -> OpenFolder {
        let above = parts.dropLast()
        let path = above.isEmpty ? "." : above.joined(separator: "/")
        if let parent, parent.path == path { return parent.folder }
        if !above.isEmpty, folderModes[path] == nil {
            try makeFolder(
                Array(above), ArchiveEntry(path: path, kind: .folder, mode: 0o755))
        }
        let number = try opened(entry) { linux_open_beneath(top.number, path, O_RDONLY | O_DIRECTORY, 0) }
        let folder = OpenFolder(Descriptor(owning: number))
        parent = (path, folder)
        return folder
    }

    // MARK: Calls

    /// What an archive can cause is its fault, the rest the disk's.
    private func opened(_ entry: ArchiveEntry, _ body: () -> Int32) throws(ArchiveError) -> Int32 {
        let value = body()
        guard value < 0 else { return value }
        throw failure(entry, "openat2", code: -value)
    }

    private func make(_ entry: ArchiveEntry, _ call: String, _ body: () -> Int32) throws(ArchiveError) {
        let value = body()
        let code = errno
        guard value < 0 else { return }
        throw failure(entry, call, code: code)
    }

    private func failure(_ entry: ArchiveEntry, _ call: String, code: Int32) -> ArchiveError {
        switch code {
        case EEXIST: policy.refuse(entry, "its name is taken by an entry before it")
        case ENOTDIR: policy.refuse(entry, "its path leads through what is no folder")
        case ELOOP, EXDEV: policy.refuse(entry, "its path leads through a link")
        default: .disk(SystemCallError(call, "\(folder)/\(entry.path)", code: code))
        }
    }
}
