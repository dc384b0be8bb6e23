internal import Glibc
import Platform

/// A file of root's that is written, tried, and put back as it was when that fails, so that the next run tries again.
struct TriedFile: Sendable {
    let path: String
    let content: [UInt8], mode: UInt32
    let owner: (user: uid_t, group: gid_t)

    /// Writes it whole or not at all, and has it tried; `attempt` says whether it holds, or throws.
    func put<Value: Sendable>(
        _ attempt: () async throws(PrivilegedError) -> (Value, holds: Bool)
    ) async throws(PrivilegedError) -> Value {
        let former = try await write()
        do throws(PrivilegedError) {
            let (value, holds) = try await attempt()
            if !holds { try await putBack(former) }
            return value
        } catch {
            try await putBack(former)
            throw error
        }
    }

    private func write() async throws(PrivilegedError) -> Former? {
        let (file, folder) = (self, Files.folder(of: path))
        return try await asRequest(beneath: [folder]) { () throws(SystemCallError) in
            try RootFile.refuseLinks(folder)
            let former = try Former(file.path)
            if former == nil, try FileStatus.of(file.path) != nil { try Files.moveAside(file.path) }
            try Files.replace(file.path, with: file.content, mode: file.mode, owner: file.owner)
            return former
        }
    }

    private func putBack(_ former: Former?) async throws(PrivilegedError) {
        let path = path
        try await asRequest(beneath: [Files.folder(of: path)]) { () throws(SystemCallError) in
            guard let former else { return try Files.remove(path) }
            try Files.replace(
                path, with: former.content, mode: former.status.mode, owner: (former.status.owner, former.status.group))
        }
    }

    /// A file that was there, with its content.
    private struct Former: Sendable {
        let content: [UInt8]
        let status: FileStatus

        /// Nil when there is no file, but nothing or a link or folder.
        init?(_ path: String) throws(SystemCallError) {
            guard let status = try FileStatus.of(path), status.kind == .file else { return nil }
            content = try Files.read(path)
            self.status = status
        }
    }
}
