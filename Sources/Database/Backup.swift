internal import Glibc
internal import Platform

extension DatabaseConnection {
    /// Copies the database, as of one moment, into a file of its own while others go on writing.
    ///
    /// The copy (mode 0600) appears whole or not at all, in place of what was there.
    public func backUp(to target: String) throws(DatabaseError) {
        let temporary = "\(target).\(UInt64.random(in: 0 ... .max)).new"
        do throws(SystemCallError) {
            // SQLite takes an empty file for a new database, and keeps its mode.
            _ = try Descriptor.open(temporary, O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
        } catch { throw .cannotOpen(path: target, reason: error.explanation.problem) }
        do throws(DatabaseError) { try run("VACUUM INTO ?", [.text(temporary)]) } catch {
            try? Files.remove(temporary)
            throw error
        }
        do throws(SystemCallError) {
            try Descriptor.open(temporary, O_RDONLY).synchronize(path: temporary)
            try Files.rename(temporary, to: target)
            try Files.synchronizeFolder(Files.folder(of: target))
        } catch {
            try? Files.remove(temporary)
            throw .cannotOpen(path: target, reason: error.explanation.problem)
        }
    }
}
