internal import Glibc
internal import Platform

/// Where things lie in the hub's data folder.
struct HubFolder: Sendable {
    let path: String
    var artifacts: String { "\(path)/artifacts" }
    /// On the artifacts' file system, and never served.
    var staging: String { "\(path)/staging" }
    /// The hub's own SQLite.
    var store: String { "\(path)/hub.db" }
    /// Holds the address of the shared database, where there is one.
    var database: String { "\(path)/database" }
    /// Holds the path beneath which the hub that serves keeps workspaces.
    var workDirectory: String { "\(path)/work-dir" }

    /// Makes what is missing of the folder itself (mode 0700, since it holds hosts' configs) and of its database.
    func prepare() throws(SystemCallError) {
        try Folders.make(path, mode: 0o700)
        guard let owner = try owner(), try FileStatus.of(store) == nil else { return }
        // SQLite gives the files beside it to the same.
        try Files.replace(store, with: [], mode: 0o600, owner: owner)
    }

    /// The `WORK_DIR` that the last hub served with, so that commands beside it need not be told; nil when none has.
    func rememberedWorkDirectory() throws(HubError) -> String? {
        do throws(SystemCallError) {
            return try Files.text(workDirectory).map { text in
                text.hasLastBytes("\n") ? String(decoding: text.utf8.dropLast(), as: UTF8.self) : text
            }
        } catch { throw .system(error) }
    }

    func remember(workDirectory root: String) throws(HubError) {
        if try rememberedWorkDirectory()?.hasSameBytes(as: root) == true { return }
        do throws(SystemCallError) {
            try Files.replace(workDirectory, with: Array("\(root)\n".utf8), mode: 0o600, owner: try owner())
        } catch { throw .system(error) }
    }

    /// To whom files in the folder go when root typed the command: whoever serves.
    ///
    /// Nil when that needs no thought.
    func owner() throws(SystemCallError) -> (user: UInt32, group: UInt32)? {
        guard getuid() == 0, let status = try FileStatus.of(path, followingLink: true), status.owner != 0 else {
            return nil
        }
        return (status.owner, status.group)
    }
}
