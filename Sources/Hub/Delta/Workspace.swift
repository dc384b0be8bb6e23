internal import Glibc
internal import Platform

/// An open workspace; whatever a path says, no link leads out of it.
struct Workspace: ~Copyable {
    private let path: String
    private let top: Descriptor

    init(_ path: String) throws(SystemCallError) {
        self.init(try Descriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), path)
    }

    private init(_ top: consuming Descriptor, _ path: String) {
        self.top = top
        self.path = path
    }

    /// What lies there; nil when nothing does, or a part of the way is missing or a file.
    func status(_ path: DeltaPath) throws(SystemCallError) -> FileStatus.Kind? {
        do throws(SystemCallError) {
            let folder = try folder(of: path)
            var status = stat()
            guard fstatat(folder.number, path.name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
                throw failure("fstatat", path, errno)
            }
            switch status.st_mode & S_IFMT {
            case S_IFREG: return .file
            case S_IFDIR: return .folder
            case S_IFLNK: return .link
            default: return .other
            }
        } catch {
            if error.code == ENOENT || error.code == ENOTDIR { return nil }
            throw error
        }
    }

    /// Keeps what lies there under another name outside; the two share their content until one is replaced.
    func save(_ path: DeltaPath, as copy: String) throws(SystemCallError) {
        let folder = try folder(of: path)
        if linkat(folder.number, path.name, AT_FDCWD, copy, 0) < 0 { throw failure("linkat", path, errno) }
    }

    /// Puts a file that lies outside, on the same file system, in a place, whatever file was there; it stays outside too.
    func put(_ file: String, at path: DeltaPath) throws(SystemCallError) {
        let folder = try folder(of: path)
        let fresh = ".delta-\(UInt64.random(in: 0 ... .max))"
        if linkat(AT_FDCWD, file, folder.number, fresh, 0) < 0 { throw SystemCallError("linkat", file, code: errno) }
        let code = renameat(folder.number, fresh, folder.number, path.name) < 0 ? errno : 0
        // Renaming one name of a file over another of the same file does nothing (rename(2)): the fresh one stays.
        unlinkat(folder.number, fresh, 0)
        if code != 0 { throw failure("renameat", path, code) }
    }

    /// Moves whatever lies there to a place outside, on the same file system.
    func moveOut(_ path: DeltaPath, to place: String) throws(SystemCallError) {
        let folder = try folder(of: path)
        if renameat(folder.number, path.name, AT_FDCWD, place) < 0 { throw failure("renameat", path, errno) }
    }

    /// Moves a folder that lies outside to a place where nothing is.
    func moveIn(_ place: String, to path: DeltaPath) throws(SystemCallError) {
        let folder = try folder(of: path)
        if renameat(AT_FDCWD, place, folder.number, path.name) < 0 { throw failure("renameat", path, errno) }
    }

    /// Removes a file; nothing there, or a folder, is no error.
    func remove(_ path: DeltaPath) throws(SystemCallError) {
        do throws(SystemCallError) {
            let folder = try folder(of: path)
            if unlinkat(folder.number, path.name, 0) < 0 { throw failure("unlinkat", path, errno) }
        } catch {
            if ![ENOENT, ENOTDIR, EISDIR].contains(error.code) { throw error }
        }
    }

    func makeFolder(_ path: DeltaPath) throws(SystemCallError) {
        let folder = try folder(of: path)
        if mkdirat(folder.number, path.name, 0o755) < 0, errno != EEXIST { throw failure("mkdirat", path, errno) }
    }

    /// Removes a folder if it is there and empty.
    func removeFolder(_ path: DeltaPath) {
        if let folder = try? folder(of: path) { unlinkat(folder.number, path.name, AT_REMOVEDIR) }
    }

    /// Brings it to the disk.
    func synchronize() throws(SystemCallError) { try FileSystem.synchronize(holding: path) }

    private func folder(of path: DeltaPath) throws(SystemCallError) -> Descriptor {
        try top.openBeneath(path.folder?.text ?? ".", O_RDONLY | O_DIRECTORY)
    }

    private func failure(_ call: String, _ path: DeltaPath, _ code: Int32) -> SystemCallError {
        SystemCallError(call, "\(self.path)/\(path)", code: code)
    }
}
