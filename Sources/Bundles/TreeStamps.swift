import Digests
internal import Glibc
import Platform

/// What the kernel said of each file of a tree when it was last seen to hold what it should; beside the tree's record.
///
/// A cache: without it, or when it is damaged, every file is read once. Stamps are in the order of the listing.
struct TreeStamps: Equatable {
    /// What changes whenever a file does.
    struct Stamp: Equatable {
        var inode: UInt64, modified: Int64, changed: Int64

        /// Of a file that was not seen, or changed so lately that a change after the look could have the same time.
        static let none = Stamp(inode: 0, modified: 0, changed: 0)
    }

    private(set) var stamps: [Stamp] = []
    /// Of the listing that they go with.
    private let listing: Stamp

    init(listing: FileStatus) { self.listing = Stamp(listing) }

    /// The stamp of the listing's entry with this number.
    subscript(_ index: Int) -> Stamp { index < stamps.count ? stamps[index] : .none }

    mutating func append(_ stamp: Stamp) { stamps.append(stamp) }

    // MARK: The file

    private static let magic: UInt64 = 0x31_50_4d_54_53_2d_42_48

    /// Reads what goes with this listing; nil when there is nothing of use.
    ///
    /// Blocks.
    static func read(_ path: String, listing: FileStatus) -> TreeStamps? {
        guard let bytes = (try? Files.readIfPresent(path, limit: 1 << 30)) ?? nil, bytes.count > 32,
            bytes.count % 8 == 0
        else { return nil }
        let body = bytes.count - 32
        var hasher = DigestHasher(.sha256)
        let digest = bytes.withUnsafeBytes { hasher.digest(of: UnsafeRawBufferPointer(rebasing: $0[..<body])) }
        guard digest.bytes.elementsEqual(bytes[body...]) else { return nil }
        let words = bytes.withUnsafeBytes { Array($0.bindMemory(to: UInt64.self)[..<(body / 8)]) }
        guard words.count % 3 == 1, words[0] == magic else { return nil }
        let all = stride(from: 1, to: words.count, by: 3).map { at in
            Stamp(
                inode: words[at], modified: Int64(bitPattern: words[at + 1]),
                changed: Int64(bitPattern: words[at + 2]))
        }
        guard let first = all.first, first == Stamp(listing) else { return nil }
        var found = TreeStamps(listing: listing)
        found.stamps = Array(all.dropFirst())
        return found
    }

    /// Writes it in the place of whatever is there; when it cannot be written, the next look takes longer.
    ///
    /// Blocks.
    func remember(_ path: String) {
        var words = [Self.magic]
        words.reserveCapacity(4 + stamps.count * 3)
        for stamp in [listing] + stamps {
            words += [stamp.inode, UInt64(bitPattern: stamp.modified), UInt64(bitPattern: stamp.changed)]
        }
        var hasher = DigestHasher(.sha256)
        let (body, digest) = words.withUnsafeBytes { (Array($0), hasher.digest(of: $0)) }
        if (try? FileStatus.of(path))??.kind != .file { try? Folders.removeTree(path) }
        try? Files.replace(path, with: body + digest.bytes, mode: 0o644)
    }
}

extension TreeStamps.Stamp {
    init(_ status: FileStatus) {
        self.init(inode: status.inode, modified: status.modified, changed: status.changed)
    }

    /// Of a file that was looked at from `moment` on, and is still as it was before.
    ///
    /// The kernel's clock for files goes on in ticks of at most 10 ms, on some file systems of 2 s: what changed within the
    /// tick of the look could change once more and have the same time.
    init(_ status: FileStatus, seenSince moment: Int64) {
        let tick: Int64 = status.changed % 1_000_000_000 == 0 ? 2_100_000_000 : Self.tick
        self = status.changed < moment - tick ? Self(status) : .none
    }

    /// In nanoseconds; thrice the longest of the usual ones.
    static let tick: Int64 = 30_000_000

    /// The clock that files' times come from, in nanoseconds since 1970.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
