import Archives
internal import Glibc
import Platform

/// One thing of a piece, as it lies in the file's bytes.
struct IndexedThing {
    enum Kind: UInt8 {
        case file = 1, folder, link
    }

    let index: Int
    let kind: Kind
    let mode: UInt32
    let size: Int64
    let stamp: TreeStamps.Stamp
    let name: UnsafePointer<CChar>
    let nameLength: Int
    let target: UnsafeRawBufferPointer

    /// It is there as it should be; a file with the stamp of one that was read.
    func isUntouched(in folder: Int32, _ check: TreeCheck) -> Bool {
        var status = stat()
        guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return false }
        if let owner = check.owner, owner != status.st_uid { return false }
        switch kind {
        case .link: return status.st_mode & S_IFMT == S_IFLNK && linksToTarget(in: folder)
        case .folder: return status.st_mode & S_IFMT == S_IFDIR && status.st_mode & 0o7777 == mode
        case .file:
            return status.st_mode & S_IFMT == S_IFREG && status.st_mode & 0o7777 == mode
                && Int64(status.st_size) == size && stamp != .none && stamp == TreeStamps.Stamp(status)
        }
    }

    private func linksToTarget(in folder: Int32) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: target.count + 1, alignment: 1) { buffer in
            guard let start = buffer.baseAddress else { return false }
            let count = readlinkat(folder, name, start.assumingMemoryBound(to: CChar.self), buffer.count)
            guard count == target.count, let wanted = target.baseAddress else { return false }
            return memcmp(start, wanted, count) == 0
        }
    }
}

/// Goes through a piece, never beyond it.
struct TreeIndexCursor {
    private let bytes: UnsafeRawBufferPointer
    private var at: Int
    /// Beneath the tree's folder; `.` for that itself.
    let folder: UnsafePointer<CChar>
    private let folderLength: Int

    init?(_ piece: UnsafeRawBufferPointer) {
        guard piece.count > TreeIndex.pieceHead, let start = piece.baseAddress,
            let length = Int(exactly: piece.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
            length < piece.count - TreeIndex.pieceHead, piece[TreeIndex.pieceHead + length] == 0
        else { return nil }
        bytes = piece
        folder = (start + TreeIndex.pieceHead).assumingMemoryBound(to: CChar.self)
        folderLength = length
        at = TreeIndex.pieceHead + length + 1
    }

    var isAtEnd: Bool { at == bytes.count }

    /// The next thing; nil at the end, and for what makes no sense.
    mutating func next() -> IndexedThing? {
        guard let start = bytes.baseAddress, bytes.count - at > TreeIndex.thingHead else { return nil }
        let head = at
        let word = { [bytes] in bytes.loadUnaligned(fromByteOffset: head + $0 * 8, as: UInt64.self) }
        let (first, second) = (word(0), word(1))
        let name = Int(UInt32(truncatingIfNeeded: second)), target = Int(second >> 32)
        let begin = at + TreeIndex.thingHead, end = begin + name + 1 + target
        guard end <= bytes.count, bytes[begin + name] == 0,
            let kind = IndexedThing.Kind(rawValue: UInt8(truncatingIfNeeded: first >> 48))
        else { return nil }
        at = end
        return IndexedThing(
            index: Int(UInt32(truncatingIfNeeded: first)), kind: kind, mode: UInt32(first >> 32 & 0o7777),
            size: Int64(bitPattern: word(2)),
            stamp: TreeStamps.Stamp(
                inode: word(3), modified: Int64(bitPattern: word(4)), changed: Int64(bitPattern: word(5))),
            name: (start + begin).assumingMemoryBound(to: CChar.self), nameLength: name,
            target: UnsafeRawBufferPointer(rebasing: bytes[(begin + name + 1)..<end]))
    }

    func path(of thing: IndexedThing) -> PathBytes {
        let name = PathBytes(UnsafeRawBufferPointer(start: thing.name, count: thing.nameLength))
        let above = PathBytes(UnsafeRawBufferPointer(start: folder, count: folderLength))
        return above == "." ? name : above.appending(name)
    }
}
