import CLinux
internal import Glibc
import Platform

/// A folder that root may be asked to remove when nothing is in it.
struct EmptyFolder {
    let path: String

    /// What every system has, empty or not.
    private static let closed: Set<String> = [
        "bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "libx32", "lost+found", "media", "mnt", "opt",
        "proc", "root", "run", "sbin", "srv", "sys", "tmp", "usr", "var",
    ]
    /// Nothing beneath these is made by this program, whatever it is asked for.
    static let foreign: Set<String> = [
        "bin", "boot", "dev", "lib", "lib32", "lib64", "libx32", "proc", "root", "run", "sbin", "sys", "usr",
    ]
    private static let systems: Set<String> = [
        "/var/lib", "/var/cache", "/var/log", "/var/tmp", "/var/spool", "/var/mail", "/var/opt", "/var/local",
        "/var/backups",
    ]

    /// Removes it; one that is not there, or not empty, or something is mounted on, stays as it is.
    func remove() async throws(PrivilegedError) {
        let parts = path.parts(at: "/").dropFirst().map(String.init)
        guard path.hasFirstBytes("/"), !path.utf8.contains(0), let first = parts.first,
            parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }), !Self.foreign.contains(first),
            parts.count > 1 || !Self.closed.contains(first), !Self.systems.contains(path),
            first != "etc" || !FilePlace.closed.contains(parts[1])
        else {
            throw .refused(
                what: "that folder is the system's own", place: path, hint: "report this as a fault of host-bootstrap")
        }
        let path = path
        let above = Files.folder(of: path)
        try await asRequest(beneath: [above]) { () throws(SystemCallError) in
            guard try FileStatus.of(path)?.kind == .folder, try Folders.names(in: path).isEmpty else { return }
            let root = try Descriptor.open("/", O_RDONLY | O_DIRECTORY)
            let folder = try root.openBeneath(above == "/" ? "." : String(above.dropFirst()), O_RDONLY | O_DIRECTORY)
            guard unlinkat(folder.number, Files.name(of: path), AT_REMOVEDIR) == 0 else {
                let code = errno
                if [ENOENT, ENOTEMPTY, EEXIST, EBUSY].contains(code) { return }
                throw SystemCallError("rmdir", path, code: code)
            }
        }
    }
}
