internal import Glibc

/// A folder for work in progress, which its owner removes, or a later process if the owner was killed.
///
/// The kernel drops the owner's lock on it when the process ends.
public final class WorkFolder: Sendable {
    /// Where it is.
    public let path: String
    private let lock: Descriptor

    /// Makes one with a name nobody else has, mode 0700: `prefix` and random digits.
    ///
    /// Blocks. What killed processes left behind under the same prefix is removed first.
    public init(prefix: String) throws(SystemCallError) {
        try Self.sweep(prefix: prefix)
        while true {
            let path = try Folders.makeTemporary(prefix: prefix)
            // Between the two, somebody who sweeps may have taken it for one that was left behind.
            if let lock = try Self.lockedOrRemoved(path) {
                self.path = path
                self.lock = lock
                return
            }
        }
    }

    /// Removes it with all that is in it.
    ///
    /// Blocks.
    public func remove() { try? Folders.removeTree(path) }

    /// Removes a folder as one: what is seen of it is all of it or nothing, wherever a process is killed.
    ///
    /// Blocks. `prefix` is that of a work folder on the same file system; nothing in the folder's place is no error.
    public static func discard(_ path: String, prefix: String) throws(SystemCallError) {
        guard try FileStatus.of(path) != nil else { return }
        let work = try WorkFolder(prefix: prefix)
        try Files.rename(path, to: "\(work.path)/discarded")
        try Files.synchronizeFolder(Files.folder(of: path))
        try Folders.removeTree(work.path)
    }

    /// Removes what killed processes left behind: folders whose path is this prefix and digits.
    ///
    /// Blocks. One whose owner lives is locked, and stays.
    public static func sweep(prefix: String) throws(SystemCallError) {
        let (folder, start) = (Files.folder(of: prefix), Files.name(of: prefix))
        for name in try Folders.names(in: folder) where name.utf8.starts(with: start.utf8) {
            let path = "\(folder)/\(name)"
            guard name.utf8.dropFirst(start.utf8.count).allSatisfy({ (0x30...0x39).contains($0) }),
                ((try? FileStatus.of(path)) ?? nil)?.kind == .folder, let left = try? locked(path)
            else { continue }
            try? Folders.removeTree(path)
            _ = consume left
        }
    }

    private static func lockedOrRemoved(_ path: String) throws(SystemCallError) -> Descriptor? {
        do throws(SystemCallError) { return try locked(path) } catch {
            try? Folders.removeTree(path)
            throw error
        }
    }

    /// The lock on a folder that is at this path; nil when another has it, or the folder is there no more.
    private static func locked(_ path: String) throws(SystemCallError) -> Descriptor? {
        let folder: Descriptor
        do throws(SystemCallError) {
            folder = try Descriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        } catch {
            if error.isMissing { return nil }
            throw error
        }
        guard try folder.tryLock(path: path) else { return nil }
        let opened = try FileStatus.of(folder, path: path)
        guard let there = try FileStatus.of(path), there.inode == opened.inode else { return nil }
        return folder
    }
}
