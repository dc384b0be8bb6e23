import Archives
import Digests
import Platform

/// Takes down a listing's entries, in their order, for the index.
struct TreeIndexWriter {
    /// In the order of the listing, which is mostly that of the folders.
    private var pieces: [[UInt8]] = []
    private var piece: [PathBytes: Int] = [:]
    private var last: (folder: PathBytes, piece: Int)?
    private var count = 0

    /// A larger one is divided, so that threads can share a folder.
    private static let most = 1 << 16

    mutating func append(_ entry: UnpackedEntry, _ stamp: TreeStamps.Stamp) {
        let bytes = entry.path.bytes, slash = bytes.lastIndex(of: UInt8(ascii: "/"))
        let folder: ArraySlice<UInt8> = slash.map { bytes[..<$0] } ?? [UInt8(ascii: ".")]
        let name = slash.map { bytes[($0 + 1)...] } ?? bytes[...]
        let number = number(of: folder)
        var size: Int64 = 0, kind = IndexedThing.Kind.folder, target: [UInt8] = []
        switch entry.kind {
        case .file(let length, _): (size, kind) = (length, .file)
        case .folder: break
        case .link(let path): (target, kind) = (path.bytes, .link)
        }
        let words: [UInt64] = [
            UInt64(UInt32(truncatingIfNeeded: count)) | UInt64(entry.mode & 0o7777) << 32 | UInt64(kind.rawValue) << 48,
            UInt64(UInt32(name.count)) | UInt64(target.count) << 32, UInt64(bitPattern: size), stamp.inode,
            UInt64(bitPattern: stamp.modified), UInt64(bitPattern: stamp.changed),
        ]
        words.withUnsafeBytes { pieces[number].append(contentsOf: $0) }
        pieces[number] += name
        pieces[number].append(0)
        pieces[number] += target
        count += 1
    }

    private mutating func number(of folder: ArraySlice<UInt8>) -> Int {
        if let last, last.folder.bytes.elementsEqual(folder), pieces[last.piece].count < Self.most { return last.piece }
        let path = PathBytes(folder)
        if let known = piece[path], pieces[known].count < Self.most {
            last = (path, known)
            return known
        }
        let head: [UInt64] = [0, UInt64(folder.count)]
        var fresh: [UInt8] = []
        head.withUnsafeBytes { fresh.append(contentsOf: $0) }
        fresh += folder
        fresh.append(0)
        pieces.append(fresh)
        piece[path] = pieces.count - 1
        last = (path, pieces.count - 1)
        return pieces.count - 1
    }

    /// Writes the index in the place of whatever is there; when it cannot be written, the next look takes longer.
    ///
    /// Blocks.
    consuming func write(_ path: String, listing: TreeStamps.Stamp) {
        let head: [UInt64] = [
            TreeIndex.magic, listing.inode, UInt64(bitPattern: listing.modified), UInt64(bitPattern: listing.changed),
            UInt64(count),
        ]
        var all: [UInt8] = []
        all.reserveCapacity(TreeIndex.head + pieces.reduce(0) { $0 + $1.count } + 32)
        head.withUnsafeBytes { all.append(contentsOf: $0) }
        for number in pieces.indices {
            let length = UInt64(pieces[number].count)
            pieces[number].withUnsafeMutableBytes { $0.storeBytes(of: length, as: UInt64.self) }
            all += pieces[number]
            pieces[number] = []
        }
        var hasher = DigestHasher(.sha256)
        all += all.withUnsafeBytes { hasher.digest(of: $0) }.bytes
        if (try? FileStatus.of(path))??.kind != .file { try? Folders.removeTree(path) }
        try? Files.replace(path, with: all, mode: 0o644)
    }
}
