internal import Glibc
import Platform

/// What on this host refers to files: processes, unit files and mounts, each looked at once.
struct VersionsInUse {
    private var references: [String] = []

    /// Looks at the whole host.
    ///
    /// Blocks. Of other users' processes only the command line can be seen, which is enough for what was started by path.
    init(units: String = "/etc/systemd/system") throws(SystemCallError) {
        for process in try Folders.names(in: "/proc") where process.isDecimal {
            let folder = "/proc/\(process)"
            // A process may end while it is looked at.
            for link in ["exe", "cwd", "root"] {
                if let target = (try? Files.linkTarget("\(folder)/\(link)")) ?? nil { references.append(target) }
            }
            for file in ["cmdline", "maps"] {
                if let text = (try? Files.text("\(folder)/\(file)")) ?? nil { references.append(text) }
            }
        }
        for name in (try? Folders.names(in: units)) ?? [] {
            if let text = (try? Files.text("\(units)/\(name)")) ?? nil { references.append(text) }
        }
        references.append((try? Files.text("/proc/self/mountinfo")) ?? nil ?? "")
    }

    /// Something refers to this folder or to what lies in it.
    func refer(to folder: String) -> Bool {
        references.contains { text in
            var rest = text.utf8[...]
            while let found = rest.firstRange(of: folder.utf8) {
                // `/1.0` is not meant by `/1.0.1`.
                guard let next = rest[found.upperBound...].first else { return true }
                if "/ \n\r\t\0\"':;".utf8.contains(next) { return true }
                rest = rest[found.upperBound...]
            }
            return false
        }
    }
}
