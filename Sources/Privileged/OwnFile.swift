import Digests
internal import Glibc
import Platform
import Systemd

/// A file that this program wrote in a place that is root's, to be taken away.
struct OwnFile {
    let path: String
    /// SHA-256 of its content as it was written, in hexadecimal digits.
    let digest: String

    /// Refuses what is no file of ours any more; a file that is gone is fine.
    func check() async throws(PrivilegedError) {
        if FilePlace(of: path) == nil, !AptSource.isFile(path) { try RootFile(path: path).checkPlace() }
        let (path, digest) = (path, digest)
        let isOther = try await asRequest(beneath: []) { () throws(SystemCallError) in
            guard try FileStatus.of(path) != nil else { return false }
            try RootFile.refuseLinks(Files.folder(of: path))
            let file = try Descriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
            guard try FileStatus.of(file, path: path).kind == .file,
                let content = try file.readAll(limit: 32 << 20, path: path)
            else { return true }
            return Digest.of(content).hex != digest
        }
        guard isOther else { return }
        throw .refused(
            what: "somebody changed it, so it is kept", place: path, hint: "look at it, and remove it by hand")
    }

    /// Removes it.
    func remove() async throws(PrivilegedError) {
        try await check()
        let path = path
        let folder = Files.folder(of: path)
        try await asRequest(beneath: [folder]) { () throws(SystemCallError) in
            guard try FileStatus.of(path) != nil else { return }
            try Files.remove(path)
            try Files.synchronizeFolder(folder)
        }
        guard let dropIn = DropInFile(path: path) else { return }
        try await asRequest(beneath: [RootFile.unitFolder]) { () throws(SystemCallError) in
            try Folders.removeIfEmpty(dropIn.folder)
        }
    }
}
