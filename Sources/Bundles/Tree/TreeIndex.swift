import Digests
internal import Glibc
import Platform
internal import Synchronization

/// All that a listing says, and the stamp of each file, as it can be held against the disk without being parsed.
///
/// Written beside the record whenever a tree was seen to be right, folder by folder, each thing with its name in that folder:
/// a look opens every folder once, asks for each name in it, and compares numbers. It is a cache: whatever differs is looked
/// at again by the listing, and without it, or when it is damaged, every file is read once.
struct TreeIndex: Sendable {
    private let bytes: [UInt8]
    private let pieces: [Range<Int>]
    /// How many things the listing has.
    let count: Int

    static let magic: UInt64 = 0x32_50_4d_54_53_2d_42_48
    /// Bytes of the numbers that begin the file, a piece, and a thing in it.
    static let head = 40, pieceHead = 16, thingHead = 48
    private static let digestLength = 32

    // MARK: Looking

    /// Everything is there as it was when it was last seen to be right.
    ///
    /// Blocks. Several threads ask the kernel, where there is enough to ask.
    func isUntouched(
        in folder: String, _ check: TreeCheck, where isWanted: @escaping @Sendable (PathBytes) -> Bool
    ) -> Bool {
        guard let top = try? Descriptor.open(folder, Descriptor.pathOnly | O_DIRECTORY) else { return false }
        let looked = TreeLook(pieces: pieces.count), number = top.number
        let work: @Sendable () -> Void = {
            bytes.withUnsafeBytes { bytes in
                while let next = looked.take() {
                    let piece = UnsafeRawBufferPointer(rebasing: bytes[pieces[next]])
                    guard let files = Self.filesUntouched(piece, number, check, isWanted) else { return looked.fail() }
                    looked.add(files)
                }
            }
        }
        let pool = WorkerPool()
        for _ in 1..<max(1, min(WorkerPool.usualSize, pieces.count)) {
            // Without another thread, this one does it all.
            do throws(SystemCallError) { try pool.start(work) } catch { break }
        }
        work()
        pool.join()
        guard let files = looked.result else { return false }
        check.tally?.add(trusted: files)
        return true
    }

    /// How many files of a piece are as they were; nil when something is not.
    private static func filesUntouched(
        _ piece: UnsafeRawBufferPointer, _ top: Int32, _ check: TreeCheck, _ isWanted: (PathBytes) -> Bool
    ) -> Int? {
        guard var cursor = TreeIndexCursor(piece) else { return nil }
        let number = openat(top, cursor.folder, Descriptor.pathOnly | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        defer { if number >= 0 { close(number) } }
        var files = 0
        while let thing = cursor.next() {
            let isFile = thing.kind == .file
            if number >= 0, thing.isUntouched(in: number, check) {
                // Who counts wants to know what was asked for only.
                if isFile, check.tally == nil || isWanted(cursor.path(of: thing)) { files += 1 }
            } else if isWanted(cursor.path(of: thing)) {
                return nil
            }
        }
        return cursor.isAtEnd ? files : nil
    }

    /// The stamps, in the order of the listing.
    var stamps: [TreeStamps.Stamp] {
        var stamps = [TreeStamps.Stamp](repeating: .none, count: count)
        bytes.withUnsafeBytes { bytes in
            for piece in pieces {
                guard var cursor = TreeIndexCursor(UnsafeRawBufferPointer(rebasing: bytes[piece])) else { continue }
                while let thing = cursor.next(), thing.index < count { stamps[thing.index] = thing.stamp }
            }
        }
        return stamps
    }

    // MARK: The file

    /// Reads what goes with this listing; nil when there is nothing of use.
    ///
    /// Blocks.
    static func read(_ path: String, listing: TreeStamps.Stamp) -> TreeIndex? {
        guard let bytes = (try? Files.readIfPresent(path, limit: 1 << 30)) ?? nil else { return nil }
        return TreeIndex(bytes, listing)
    }

    private init?(_ bytes: [UInt8], _ listing: TreeStamps.Stamp) {
        let end = bytes.count - Self.digestLength
        guard end >= Self.head else { return nil }
        let pieces: ([Range<Int>], Int)? = bytes.withUnsafeBytes { bytes in
            let word = { (at: Int) in bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self) }
            guard word(0) == Self.magic, word(8) == listing.inode, Int64(bitPattern: word(16)) == listing.modified,
                Int64(bitPattern: word(24)) == listing.changed, word(32) <= end / Self.thingHead
            else { return nil }
            var hasher = DigestHasher(.sha256)
            let digest = hasher.digest(of: UnsafeRawBufferPointer(rebasing: bytes[..<end]))
            guard digest.bytes.elementsEqual(bytes[end...]) else { return nil }
            var pieces: [Range<Int>] = [], at = Self.head
            while at < end {
                guard end - at >= Self.pieceHead, let length = Int(exactly: word(at)), length >= Self.pieceHead,
                    length <= end - at
                else { return nil }
                pieces.append(at..<at + length)
                at += length
            }
            return (pieces, Int(word(32)))
        }
        guard let (pieces, count) = pieces else { return nil }
        self.bytes = bytes
        self.pieces = pieces
        self.count = count
    }
}

/// Who takes which piece, and what became of it.
private final class TreeLook: Sendable {
    private let state: Mutex<(next: Int, files: Int, hasFailed: Bool)>
    private let pieces: Int

    init(pieces: Int) {
        self.pieces = pieces
        state = Mutex((0, 0, false))
    }

    /// The piece to look at; nil when there is none left, or no sense in it.
    func take() -> Int? {
        state.withLock { state in
            guard !state.hasFailed, state.next < pieces else { return nil }
            state.next += 1
            return state.next - 1
        }
    }

    func add(_ files: Int) { state.withLock { $0.files += files } }
    func fail() { state.withLock { $0.hasFailed = true } }

    /// How many files are untouched; nil when something is not.
    var result: Int? { state.withLock { $0.hasFailed ? nil : $0.files } }
}
