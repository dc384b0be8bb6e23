import Digests
internal import Glibc
import Platform

/// What the kernel said of the files of a tree when they were last seen to hold what they should.
enum TreeStamps {
    /// What changes whenever a file does.
    struct Stamp: Equatable {
        var inode: UInt64, modified: Int64, changed: Int64

        /// Of a file that was not seen, or changed so lately that a change after the look could have the same time.
        static let none = Stamp(inode: 0, modified: 0, changed: 0)
    }

    private static let magic: UInt64 = 0x31_50_4d_54_53_2d_42_48

    /// Reads what was written before there was an index, in the order of this listing; nil when there is nothing of use.
    ///
    /// Blocks.
    static func readFormer(_ path: String, listing: Stamp) -> [Stamp]? {
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
        return all.first == listing ? Array(all.dropFirst()) : nil
    }
}

extension TreeStamps.Stamp {
    init(_ status: FileStatus) {
        self.init(inode: status.inode, modified: status.modified, changed: status.changed)
    }

    init(_ status: stat) {
        self.init(
            inode: UInt64(status.st_ino), modified: status.st_mtim.nanoseconds, changed: status.st_ctim.nanoseconds)
    }

    /// Of a file that was looked at from `moment` on, and is still as it was before.
    ///
    /// The kernel's clock for files goes on in ticks of at most 10 ms, on some file systems of 2 s: what changed within the
    /// tick of the look could change once more and have the same time.
    init(_ status: FileStatus, seenSince moment: Int64) {
        let tick: Int64 = status.changed % 1_000_000_000 == 0 ? 2_100_000_000 : Self.tick
        self = status.changed < moment - tick ? Self(status) : .none
    }

    /// Waits until another change would have another time; false when there was nothing to wait for, or too long.
    static func waitOut(_ status: FileStatus, from moment: Int64) -> Bool {
        let left = status.changed + tick - moment
        guard (0...tick).contains(left), status.changed % 1_000_000_000 != 0 else { return false }
        usleep(UInt32(left / 1000 + 1000))
        return true
    }

    /// In nanoseconds; thrice the longest of the usual ones.
    static let tick: Int64 = 30_000_000

    /// The clock that files' times come from, in nanoseconds since 1970.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return time.nanoseconds
    }
}
