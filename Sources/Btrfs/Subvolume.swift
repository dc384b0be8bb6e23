internal import CBtrfsUtil
internal import Glibc
import Platform

/// Subvolumes of a mounted btrfs.
public enum Subvolume {
    /// Is there a subvolume at the path? False for an ordinary folder or nothing.
    ///
    /// Blocks.
    public static func exists(_ path: String) throws(BtrfsError) -> Bool {
        let code = btrfs_util_is_subvolume(path)
        let number = errno
        switch code {
        case BTRFS_UTIL_OK: return true
        case BTRFS_UTIL_ERROR_NOT_BTRFS, BTRFS_UTIL_ERROR_NOT_SUBVOLUME: return false
        case _ where number == ENOENT: return false
        default: throw refused(path, "is_subvolume", code)
        }
    }

    /// Makes one.
    ///
    /// Blocks; root's.
    public static func create(_ path: String) throws(BtrfsError) {
        let code = btrfs_util_create_subvolume(path, 0, nil, nil)
        guard code == BTRFS_UTIL_OK else { throw refused(path, "create_subvolume", code) }
    }

    private static func refused(_ path: String, _ what: String, _ code: btrfs_util_error) -> BtrfsError {
        let words = btrfs_util_strerror(code).map { String(cString: $0) } ?? "error \(code.rawValue)"
        return .refused(path: path, what: what, reason: words)
    }
}
