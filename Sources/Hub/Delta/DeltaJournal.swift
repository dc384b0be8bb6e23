internal import Glibc
internal import JSON
internal import Platform

/// What a delta is about to change, written down before the first change, so that it can be taken back whole.
struct DeltaJournal: Codable {
    /// A file that may be changed.
    struct Touched: Codable {
        let path: String
        /// What it was called in the journal's folder; nil when there was none.
        let saved: String?
    }

    /// The workspace's path.
    let workspace: String
    /// The journal's own name: the database remembers the last that was carried through.
    let name: String
    let touched: [Touched]
    /// Folders that are to be made, outer ones first.
    let folders: [String]

    static let fileName = "journal.json"

    func write(in folder: String) throws(SystemCallError) {
        try Files.replace("\(folder)/\(Self.fileName)", with: json(), mode: 0o600)
    }

    static func read(in folder: String) throws(SystemCallError) -> DeltaJournal? {
        let bytes = try Files.readIfPresent("\(folder)/\(fileName)", limit: 256 << 20)
        return bytes.flatMap { try? DeltaJournal(json: $0) }
    }

    /// Makes everything as it was before.
    ///
    /// May be done any number of times.
    func takeBack(from folder: String) throws(SystemCallError) {
        let workspace = try Workspace(workspace)
        for touched in touched {
            if let saved = touched.saved {
                try workspace.put("\(folder)/\(saved)", at: touched.path)
            } else {
                try workspace.remove(touched.path)
            }
        }
        for path in folders.reversed() { workspace.removeFolder(path) }
        try workspace.synchronize()
    }
}

/// An open workspace; whatever a path says, no link leads out of it.
struct Workspace: ~Copyable {
    private let path: String
    private let top: Descriptor

    init(_ path: String) throws(SystemCallError) {
        self.path = path
        top = try Descriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    }

    /// What lies there; nil when nothing does, or a part of the way is missing.
    func status(_ path: String) throws(SystemCallError) -> FileStatus.Kind? {
        do throws(SystemCallError) {
            let folder = try self.folder(of: path)
            var status = stat()
            guard fstatat(folder.number, Files.name(of: path), &status, AT_SYMLINK_NOFOLLOW) == 0 else {
                if errno == ENOENT { return nil }
                throw SystemCallError("fstatat", "\(self.path)/\(path)", code: errno)
            }
            switch status.st_mode & S_IFMT {
            case S_IFREG: return .file
            case S_IFDIR: return .folder
            case S_IFLNK: return .link
            default: return .other
            }
        } catch {
            if error.code == ENOENT { return nil }
            throw error
        }
    }

    /// Keeps what lies there under another name outside; the two share their content until one is replaced.
    func save(_ path: String, as copy: String) throws(SystemCallError) {
        let folder = try folder(of: path)
        if linkat(folder.number, Files.name(of: path), AT_FDCWD, copy, 0) < 0 {
            throw SystemCallError("linkat", "\(self.path)/\(path)", code: errno)
        }
    }

    /// Puts a file that lies outside, on the same file system, in a place, whatever file was there; it stays outside too.
    func put(_ file: String, at path: String) throws(SystemCallError) {
        let folder = try folder(of: path)
        let (name, fresh) = (Files.name(of: path), ".delta-\(UInt64.random(in: 0 ... .max))")
        if linkat(AT_FDCWD, file, folder.number, fresh, 0) < 0 { throw SystemCallError("linkat", file, code: errno) }
        let code = renameat(folder.number, fresh, folder.number, name) < 0 ? errno : 0
        // Renaming one name of a file over another of the same file does nothing (rename(2)): the fresh one stays.
        unlinkat(folder.number, fresh, 0)
        if code != 0 { throw SystemCallError("renameat", "\(self.path)/\(path)", code: code) }
    }

    /// Moves a file inside.
    func move(_ source: String, to path: String) throws(SystemCallError) {
        let from = try folder(of: source)
        let into = try folder(of: path)
        if renameat(from.number, Files.name(of: source), into.number, Files.name(of: path)) < 0 {
            throw SystemCallError("renameat", "\(self.path)/\(path)", code: errno)
        }
    }

    /// Removes a file; nothing there is no error.
    func remove(_ path: String) throws(SystemCallError) {
        do throws(SystemCallError) {
            let folder = try folder(of: path)
            if unlinkat(folder.number, Files.name(of: path), 0) < 0, errno != ENOENT {
                throw SystemCallError("unlinkat", "\(self.path)/\(path)", code: errno)
            }
        } catch {
            if error.code != ENOENT { throw error }
        }
    }

    func makeFolder(_ path: String) throws(SystemCallError) {
        let folder = try folder(of: path)
        if mkdirat(folder.number, Files.name(of: path), 0o755) < 0, errno != EEXIST {
            throw SystemCallError("mkdirat", "\(self.path)/\(path)", code: errno)
        }
    }

    /// Removes a folder if it is there and empty.
    func removeFolder(_ path: String) {
        if let folder = try? folder(of: path) { unlinkat(folder.number, Files.name(of: path), AT_REMOVEDIR) }
    }

    /// Brings it to the disk.
    func synchronize() throws(SystemCallError) { try FileSystem.synchronize(holding: path) }

    private func folder(of path: String) throws(SystemCallError) -> Descriptor {
        try top.openBeneath(path.contains("/") ? Files.folder(of: path) : ".", O_RDONLY | O_DIRECTORY)
    }
}
