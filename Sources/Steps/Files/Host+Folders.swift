import Engine
internal import Glibc
import Platform
import Privileged

extension Host {
    /// Makes a folder that is missing, by root's hand where the bootstrap user may not.
    ///
    /// One that is there keeps owner and mode.
    func makeFolder(_ path: String, mode: UInt32) async throws(StepFailure) {
        let isDone = try await onDisk { () throws(SystemCallError) in
            do throws(SystemCallError) { try Folders.make(path, mode: mode) } catch {
                guard [EACCES, EPERM].contains(error.code) else { throw error }
                return false
            }
            return true
        }
        if isDone { return }
        try await asRoot { () throws(PrivilegedError) in
            try await helper.makeFolder(path, mode: mode, owner: account.name)
        }
    }
}
