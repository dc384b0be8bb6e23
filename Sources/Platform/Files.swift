import CLinux
internal import Glibc

/// Files and folders by path.
///
/// Every function blocks for as long as the disk does.
public enum Files {
    /// Reads a whole file.
    /// - Throws: ENOENT and the like; EFBIG when it is longer than `limit` bytes.
    public static func read(_ path: String, limit: Int = 64 << 20) throws(SystemCallError) -> [UInt8] {
        let file = try Descriptor.open(path, O_RDONLY)
        guard let bytes = try file.readAll(limit: limit, path: path) else {
            throw SystemCallError("read", path, code: EFBIG)
        }
        return bytes
    }

    /// Reads a whole file; nil when there is none.
    public static func readIfPresent(_ path: String, limit: Int = 64 << 20) throws(SystemCallError) -> [UInt8]? {
        do throws(SystemCallError) { return try read(path, limit: limit) } catch {
            if error.isMissing { return nil }
            throw error
        }
    }

    /// Reads a text file, bad UTF-8 replaced; nil when there is none.
    public static func text(_ path: String) throws(SystemCallError) -> String? {
        try readIfPresent(path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Its first line, as of the files by which the kernel tells one thing each; nil when there is none.
    public static func firstLine(_ path: String) throws(SystemCallError) -> String? {
        try text(path)?.byteLines.first.map(String.init)
    }

    /// Replaces a file's content whole or not at all: temporary file beside it, fsync, rename, fsync of the folder.
    ///
    /// `owner` is the user and group to give it; nil leaves the caller's.
    public static func replace(
        _ path: String, with bytes: [UInt8], mode: UInt32, owner: (user: UInt32, group: UInt32)? = nil
    ) throws(SystemCallError) {
        try put(bytes, at: path, mode: mode, owner: owner) { (temporary) throws(SystemCallError) in
            try rename(temporary, to: path)
        }
    }

    /// Makes a file where there is none, whole or not at all; EEXIST when something is there.
    public static func create(_ path: String, with bytes: [UInt8], mode: UInt32) throws(SystemCallError) {
        try put(bytes, at: path, mode: mode, owner: nil) { (temporary) throws(SystemCallError) in
            try renameIfAbsent(temporary, to: path)
        }
    }

    private static func put(
        _ bytes: [UInt8], at path: String, mode: UInt32, owner: (user: UInt32, group: UInt32)?,
        _ move: (_ temporary: String) throws(SystemCallError) -> Void
    ) throws(SystemCallError) {
        let new = try Replacement(of: path)
        let (file, temporary) = (new.file.number, new.path)
        do throws(SystemCallError) {
            try new.file.write(bytes, path: temporary)
            if let owner { try check("fchown", temporary) { fchown(file, owner.user, owner.group) } }
            try check("fchmod", temporary) { fchmod(file, mode) }
            try new.file.synchronize(path: temporary)
            try move(temporary)
        } catch {
            unlink(temporary)
            throw error
        }
        try synchronizeFolder(folder(of: path))
    }

    /// Points a symbolic link at `target`, whatever it pointed at before, with no moment without a link.
    public static func replaceLink(_ path: String, target: String) throws(SystemCallError) {
        let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max)).new"
        try check("symlink", temporary) { symlink(target, temporary) }
        do throws(SystemCallError) { try rename(temporary, to: path) } catch {
            unlink(temporary)
            throw error
        }
        try synchronizeFolder(folder(of: path))
    }

    /// The target of a symbolic link, bad UTF-8 replaced; nil when the path is missing or no link.
    public static func linkTarget(_ path: String) throws(SystemCallError) -> String? {
        try linkTarget(PathBytes(path)).map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    /// Moves within a file system, over what is there.
    ///
    /// The corresponding C function is `rename`.
    public static func rename(_ from: String, to: String) throws(SystemCallError) {
        try check("rename", to) { Glibc.rename(from, to) }
    }

    /// Moves within a file system, over what is there.
    ///
    /// The corresponding C function is `rename`.
    public static func rename(_ from: PathBytes, to: String) throws(SystemCallError) {
        try checkNegated("rename", to) { from.call { Glibc.rename($0, to) } }
    }

    /// Moves within a file system; EEXIST when something is there.
    ///
    /// The corresponding C function is `renameat2`.
    public static func renameIfAbsent(_ from: String, to: String) throws(SystemCallError) {
        try checkNegated("renameat2", to) { linux_rename_no_replace(AT_FDCWD, from, AT_FDCWD, to) }
    }

    /// Gives what is in somebody's way another name beside its own, in which the moment is.
    public static func moveAside(_ path: String) throws(SystemCallError) {
        try renameIfAbsent(path, to: "\(path).moved-aside-\(Timestamp.now().milliseconds)")
    }

    /// Puts a new tree in the place of what is there, if anything, which is then removed.
    ///
    /// Both are whole at any moment. Where the file system cannot exchange two names, the old one is moved aside first.
    public static func putInPlace(_ fresh: String, at path: String) throws(SystemCallError) {
        if try FileStatus.of(path) == nil {
            try renameIfAbsent(fresh, to: path)
        } else if linux_exchange(fresh, path) < 0 {
            let aside = "\(fresh).old"
            try rename(path, to: aside)
            try renameIfAbsent(fresh, to: path)
            try Folders.removeTree(aside)
        } else {
            try Folders.removeTree(fresh)
        }
        try synchronizeFolder(folder(of: path))
    }

    /// Copies a regular file where nothing is, with its permission bits unless `mode` says others.
    ///
    /// The copy is on the disk when this returns, which blocks for as long as that takes; without `durably` it gets there
    /// with all else, some time later.
    public static func copy(
        _ from: String, to path: String, mode: UInt32? = nil, durably: Bool = true
    ) throws(SystemCallError) {
        let source = try Descriptor.open(from, O_RDONLY | O_NOFOLLOW)
        let permissions = if let mode { mode } else { try FileStatus.of(source, path: from).mode & 0o777 }
        let copy = try Descriptor.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        try source.forEachPiece(path: from) { (piece) throws(SystemCallError) in try copy.write(piece, path: path) }
        try check("fchmod", path) { fchmod(copy.number, permissions) }
        if durably { try copy.synchronize(path: path) }
    }

    /// Brings a folder's entries to the disk.
    public static func synchronizeFolder(_ path: String) throws(SystemCallError) {
        try Descriptor.open(path, O_RDONLY | O_DIRECTORY).synchronize(path: path)
    }

    /// Removes a file or link; nothing there is no error.
    ///
    /// The corresponding C function is `unlink`.
    public static func remove(_ path: String) throws(SystemCallError) {
        do throws(SystemCallError) { try check("unlink", path) { unlink(path) } } catch {
            if !error.isMissing { throw error }
        }
    }

    /// Gives a path new permission bits.
    ///
    /// The corresponding C function is `chmod`.
    public static func setMode(_ path: String, _ mode: UInt32) throws(SystemCallError) {
        try check("chmod", path) { chmod(path, mode) }
    }

    /// Gives a path to a user and group, links not followed.
    ///
    /// The corresponding C function is `lchown`.
    public static func setOwner(_ path: String, user: UInt32, group: UInt32) throws(SystemCallError) {
        try check("lchown", path) { lchown(path, user, group) }
    }

    /// Tells whether the calling user may do this to the path.
    ///
    /// `mode` is R_OK, W_OK or X_OK. The corresponding C function is `access`.
    public static func isAccessible(_ path: String, _ mode: Int32) -> Bool { access(path, mode) == 0 }

    /// The path up to its last slash: "/a/b" gives "/a", "/a" gives "/", "a" gives ".".
    public static func folder(of path: String) -> String {
        // By bytes, here and below: a combining mark behind a slash makes one character of the two.
        guard let slash = path.utf8.lastIndex(of: slash) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The path from the root on, as it is seen from the folder that this process is in.
    public static func absolute(_ path: String) -> String {
        guard path.utf8.first != slash else { return path }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        guard let folder = getcwd(&buffer, buffer.count).map({ String(cString: $0) }) else { return path }
        let below = path.utf8.starts(with: "./".utf8) ? String(path.unicodeScalars.dropFirst(2)) : path
        return path == "." ? folder : "\(folder)/\(below)"
    }

    /// The path after its last slash, slashes at its end not counted.
    public static func name(of path: String) -> String {
        path.utf8.split(separator: slash).last.map { String(Substring($0)) } ?? path
    }

    private static let slash = UInt8(ascii: "/")
}
