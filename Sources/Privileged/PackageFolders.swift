import CLinux
import Platform

/// Folders that Debian's packages brought: programs of the system read what lies in them, and may run it as root.
enum PackageFolders {
    /// Whether a package's list of files names this path.
    ///
    /// Blocks. `dpkg -S` would say the same; its lists are looked at as they are.
    static func own(_ path: String, lists: String = "/var/lib/dpkg/info") throws(SystemCallError) -> Bool {
        let line = Array("\n\(path)\n".utf8)
        for name in try Folders.names(in: lists) where name.hasSuffix(".list") {
            // A package may be removed while its list is looked for.
            guard let text = try Files.readIfPresent("\(lists)/\(name)") else { continue }
            let isNamed = text.withUnsafeBytes { text in
                line.withUnsafeBytes { line in
                    linux_contains(text.baseAddress, text.count, line.baseAddress, line.count)
                }
            }
            if isNamed == 1 { return true }
        }
        return false
    }
}
