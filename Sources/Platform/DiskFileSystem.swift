/// A file system that a data disk can have.
public enum DiskFileSystem: String, Sendable, Codable, CaseIterable {
    case btrfs, ext4, xfs

    /// The package of Debian's that brings its tools.
    public var package: String {
        switch self {
        case .btrfs: "btrfs-progs"
        case .ext4: "e2fsprogs"
        case .xfs: "xfsprogs"
        }
    }
}
