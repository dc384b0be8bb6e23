internal import Glibc
internal import Platform

extension DatabaseConnection {
    /// Makes the empty file with mode 0600, which SQLite then gives its side files too; SQLite itself would take 0644.
    static func createIfMissing(_ path: String) throws(DatabaseError) {
        do throws(SystemCallError) {
            // One that is there must not even be opened: closing it would drop this process's locks on it (fcntl(2)).
            guard try FileStatus.of(path) == nil else { return }
            _ = try Descriptor.open(path, O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
        } catch {
            if error.code != EEXIST { throw .cannotOpen(path: path, reason: error.explanation.problem) }
        }
    }
}
