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
    public static func names(in path: String) throws(SystemCallError) -> [String] {
        guard let stream = opendir(path) else {
            let error = SystemCallError("opendir", path, code: errno)
            if error.isMissing { return [] }
            throw error
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Removes a file, link or whole tree, never following a link; nothing there is no error.
    public static func removeTree(_ path: String) throws(SystemCallError) {
        guard let status = try FileStatus.of(path) else { return }
        guard status.kind == .folder else { return try Files.remove(path) }
        // A tree unpacked with a read-only folder would otherwise stay for ever.
        if status.mode & 0o700 != 0o700 { try Files.setMode(path, 0o700) }
        for name in try names(in: path) { try removeTree("\(path)/\(name)") }
        do throws(SystemCallError) { try check("rmdir", path) { rmdir(path) } } catch {
            if !error.isMissing { throw error }
        }
    }

    /// Makes a folder with a name nobody else has, mode 0700: `prefix` and random digits.
    public static func makeTemporary(prefix: String) throws(SystemCallError) -> String {
        let path = "\(prefix)\(UInt64.random(in: 0 ... .max))"
        try check("mkdir", path) { mkdir(path, 0o700) }
        return path
    }
}
