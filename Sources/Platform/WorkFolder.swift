internal import Glibc

/// A folder for work in progress, which its owner removes, or a later process if the owner was killed.
///
/// The kernel drops the owner's lock on it when the process ends.
public final class WorkFolder: Sendable {
    /// Where it is.
    public let path: String
    private let lock: Descriptor

    /// One that is no older than this may be about to be locked.
    private static let grace: Int64 = 10_000

    /// Makes one with a name nobody else has, mode 0700: `prefix` and random digits.
    ///
    /// Blocks. What killed processes left behind under the same prefix is removed first.
    public init(prefix: String) throws(SystemCallError) {
        try Self.sweep(prefix)
        path = try Folders.makeTemporary(prefix: prefix)
        lock = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
        flock(lock.number, LOCK_EX | LOCK_NB)
    }

    /// Removes it with all that is in it.
    ///
    /// Blocks.
    public func remove() { try? Folders.removeTree(path) }

    private static func sweep(_ prefix: String) throws(SystemCallError) {
        let (folder, start) = (Files.folder(of: prefix), Files.name(of: prefix))
        let oldest = (Timestamp.now().milliseconds - grace) * 1_000_000
        for name in try Folders.names(in: folder) where name.hasPrefix(start) {
            let path = "\(folder)/\(name)"
            guard name.dropFirst(start.count).utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let status = try FileStatus.of(path), status.kind == .folder, status.modified < oldest,
                let left = try? Descriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW),
                flock(left.number, LOCK_EX | LOCK_NB) == 0
            else { continue }
            try? Folders.removeTree(path)
        }
    }
}
