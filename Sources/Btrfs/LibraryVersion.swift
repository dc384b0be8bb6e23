internal import CBtrfsUtil

/// Which library this program runs with.
public enum BtrfsLibrary {
    /// The version of libbtrfsutil.
    public static var version: String {
        "\(BTRFS_UTIL_VERSION_MAJOR).\(BTRFS_UTIL_VERSION_MINOR).\(BTRFS_UTIL_VERSION_PATCH)"
    }
}
