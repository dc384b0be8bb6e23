internal import Glibc

/// What the kernel says of a path, without following a link at its end.
public struct FileStatus: Sendable, Equatable {
    /// The kinds of thing a path can name.
    public enum Kind: String, Sendable {
        case file, folder, link, other
    }

    /// What it is.
    public let kind: Kind
    /// Permission bits with set-id and sticky bits, at most 0o7777.
    public let mode: UInt32
    /// The numbers of owner and group.
    public let owner: UInt32, group: UInt32
    /// Length in bytes.
    public let size: Int64
    /// Last change of content, in nanoseconds since 1970.
    public let modified: Int64
    /// Last change of content, name, mode or owner, in nanoseconds since 1970; only the kernel sets it.
    public let changed: Int64
    /// Bytes that it takes on the disk, less than `size` for a sparse file.
    public let allocated: Int64
    /// The file system's number, and the file's within it.
    public let device: UInt64, inode: UInt64
    /// How many names it has.
    public let links: Int
    /// The numbers of a block device, such as `8:1`; nil when it is none.
    public let blockDevice: String?

    /// Looks at a path; nil when there is nothing there.
    ///
    /// The corresponding C function is `lstat`.
    public static func of(_ path: String, followingLink: Bool = false) throws(SystemCallError) -> FileStatus? {
        var answer = stat()
        do throws(SystemCallError) {
            try check(followingLink ? "stat" : "lstat", path) {
                followingLink ? stat(path, &answer) : lstat(path, &answer)
            }
        } catch {
            if error.isMissing { return nil }
            throw error
        }
        return FileStatus(answer)
    }

    /// Looks at an open file.
    ///
    /// The corresponding C function is `fstat`.
    public static func of(_ descriptor: borrowing Descriptor, path: String) throws(SystemCallError) -> FileStatus {
        var answer = stat()
        let number = descriptor.number
        try check("fstat", path) { fstat(number, &answer) }
        return FileStatus(answer)
    }

    /// As major(3) and minor(3), which are macros, take them apart.
    private static func numbers(_ device: UInt64) -> String {
        let major = (device >> 8) & 0xfff | (device >> 32) & ~0xfff
        let minor = device & 0xff | (device >> 12) & ~0xff
        return "\(major):\(UInt32(truncatingIfNeeded: minor))"
    }

    init(_ answer: stat) {
        kind =
            switch answer.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFLNK: .link
            default: .other
            }
        mode = answer.st_mode & 0o7777
        owner = answer.st_uid
        group = answer.st_gid
        size = Int64(answer.st_size)
        modified = answer.st_mtim.nanoseconds
        changed = answer.st_ctim.nanoseconds
        allocated = Int64(answer.st_blocks) * 512
        device = UInt64(answer.st_dev)
        inode = UInt64(answer.st_ino)
        links = Int(answer.st_nlink)
        let isBlock = answer.st_mode & S_IFMT == S_IFBLK
        blockDevice = isBlock ? Self.numbers(UInt64(answer.st_rdev)) : nil
    }
}
