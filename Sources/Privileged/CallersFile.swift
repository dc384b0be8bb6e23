internal import Glibc
import Platform

/// A file that whoever asks names, and that root reads for him.
enum CallersFile {
    /// Opens it; root reads nobody else's files for him, but what everybody may read.
    ///
    /// Nothing is opened but a plain file: to open a device is to use it, and what the kernel writes as it is read has no length.
    static func open(_ path: String, for caller: uid_t) throws(SystemCallError) -> Descriptor {
        let place = try Descriptor.open(path, Descriptor.pathOnly | O_NOFOLLOW)
        let status = try FileStatus.of(place, path: path)
        guard status.kind != .link else { throw SystemCallError("open", path, code: ELOOP) }
        let isOpen = status.owner == caller || status.owner == 0 && status.mode & 0o004 != 0
        guard status.kind == .file, status.size > 0, isOpen else {
            throw SystemCallError("open", path, code: EACCES)
        }
        let file = try Descriptor.open("/proc/self/fd/\(place.number)", O_RDONLY)
        _ = consume place
        return file
    }

    /// Who asks: sudo itself sets it, whatever the caller's environment was.
    static var caller: uid_t { ProcessStart.environment("SUDO_UID").flatMap { UInt32($0) } ?? getuid() }
}
