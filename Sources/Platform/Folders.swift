internal import Glibc

/// Folders and trees by path.
///
/// Every function blocks for as long as the disk does.
public enum Folders {
    /// Makes a folder and those above it that are missing; one that is there keeps its mode.
    public static func make(_ path: String, mode: UInt32 = 0o755) throws(SystemCallError) {
        if let there = try FileStatus.of(path, followingLink: true) {
            guard there.kind == .folder else { throw SystemCallError("mkdir", path, code: ENOTDIR) }
            return
        }
        let above = Files.folder(of: path)
        if above != path { try make(above, mode: mode) }
        do throws(SystemCallError) { try check("mkdir", path) { mkdir(path, mode) } } catch {
            // Another process or step may have made it just now.
            if error.code != EEXIST { throw error }
        }
    }

    /// The names in a folder, sorted, without `.` and `..`; empty when there is no such folder.
    ///
    /// Names that are no UTF-8 are left out: this is for who looks for names of its own. `entries` has all.
    public static func names(in path: String) throws(SystemCallError) -> [String] {
        try entries(in: PathBytes(path)).compactMap(\.string)
    }

    /// Removes a file, link or whole tree, never following a link; nothing there is no error.
    public static func removeTree(_ path: String) throws(SystemCallError) { try removeTree(PathBytes(path)) }

    /// Removes a folder that is empty; one that is not, or is not there, stays as it is.
    ///
    /// The corresponding C function is `rmdir`.
    public static func removeIfEmpty(_ path: String) throws(SystemCallError) {
        do throws(SystemCallError) { try check("rmdir", path) { rmdir(path) } } catch {
            if ![ENOENT, ENOTEMPTY, EEXIST, EBUSY].contains(error.code) { throw error }
        }
    }

    /// Makes a folder with a name nobody else has, mode 0700: `prefix` and random digits.
    public static func makeTemporary(prefix: String) throws(SystemCallError) -> String {
        let path = "\(prefix)\(UInt64.random(in: 0 ... .max))"
        try check("mkdir", path) { mkdir(path, 0o700) }
        return path
    }
}
