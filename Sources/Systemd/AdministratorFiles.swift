public import Platform

/// What an administrator may put where unit files are, to change what others wrote.
public enum AdministratorFiles {
    /// Where systemctl(1) puts it: `edit`, `mask` and `set-property`, for good and until the next boot.
    public static let folders = [
        "/etc/systemd/system", "/run/systemd/system", "/etc/systemd/system.control", "/run/systemd/system.control",
    ]

    /// A link to /dev/null, or an empty file, which systemd takes for the same.
    ///
    /// Blocks.
    public static func isMask(_ path: String) throws(SystemCallError) -> Bool {
        guard let there = try FileStatus.of(path) else { return false }
        if there.kind == .file { return there.size == 0 }
        return try Files.linkTarget(path) == "/dev/null"
    }

    /// The path names a drop-in that belongs to this unit alone.
    public static func isDropIn(_ path: String, of unit: UnitName, in scope: UnitScope = .system) -> Bool {
        let folder = Files.folder(of: path), name = Files.name(of: path)
        return scope.folders.contains { path == "\($0)/\(unit).d/\(name)" && folder == "\($0)/\(unit).d" }
            && name.hasSuffix(".conf") && !name.hasPrefix(".") && !path.utf8.contains(0)
    }
}
