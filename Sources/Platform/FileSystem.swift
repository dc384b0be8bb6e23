import CLinux
internal import Glibc

/// The file system that holds a path.
public struct FileSystem: Sendable, Equatable {
    /// Its size in bytes.
    public let total: Int64
    /// Bytes that a user who is not root may still write.
    public let available: Int64
    /// Its number; two paths with the same one are on the same file system.
    public let device: UInt64
    /// Programs on it may not be run.
    public let forbidsExecution: Bool
    /// Nothing on it may be changed.
    public let isReadOnly: Bool

    /// Brings everything on a path's file system to the disk, whoever wrote it.
    ///
    /// One call for a whole tree: an fsync of each file would cost a disk's turn for every small one. Blocks. The
    /// corresponding C function is `syncfs`.
    public static func synchronize(holding path: String) throws(SystemCallError) {
        let folder = try Descriptor.open(path, O_RDONLY)
        try checkNegated("syncfs", path) { linux_sync_file_system(folder.number) }
    }

    /// Looks at the file system of the nearest folder above `path` that exists.
    public static func holding(_ path: String) throws(SystemCallError) -> FileSystem {
        var path = path
        while try FileStatus.of(path, followingLink: true) == nil, path != "/", path != "." {
            path = Files.folder(of: path)
        }
        var answer = statvfs()
        try check("statvfs", path) { statvfs(path, &answer) }
        let status = try FileStatus.of(path, followingLink: true)
        let unit = Int64(answer.f_frsize)
        return FileSystem(
            total: Int64(clamping: answer.f_blocks) * unit, available: Int64(clamping: answer.f_bavail) * unit,
            device: status?.device ?? 0, forbidsExecution: answer.f_flag & UInt(ST_NOEXEC) != 0,
            isReadOnly: answer.f_flag & UInt(ST_RDONLY) != 0)
    }
}

// In the headers under _GNU_SOURCE only, hence not imported: statvfs(3).
private let ST_NOEXEC = 8
