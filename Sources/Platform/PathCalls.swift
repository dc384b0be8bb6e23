internal import Glibc

// Calls for names that need be no UTF-8: what an archive or a folder holds. Each blocks as its namesake for strings does.

extension FileStatus {
    /// Looks at a path, links not followed; nil when there is nothing there.
    ///
    /// The corresponding C function is `lstat`.
    public static func of(_ path: PathBytes) throws(SystemCallError) -> FileStatus? {
        var answer = stat()
        do throws(SystemCallError) { try checkNegated("lstat", path.shown) { path.call { lstat($0, &answer) } } } catch
        {
            if error.isMissing { return nil }
            throw error
        }
        return FileStatus(answer)
    }
}

extension FileStatus {
    /// Looks at a name in a folder, links not followed; nil when there is nothing there.
    ///
    /// The corresponding C function is `fstatat`.
    static func of(_ name: PathBytes, in number: Int32) throws(SystemCallError) -> FileStatus? {
        var answer = stat()
        do throws(SystemCallError) {
            try checkNegated("fstatat", name.shown) {
                name.call { fstatat(number, $0, &answer, AT_SYMLINK_NOFOLLOW) }
            }
        } catch {
            if error.isMissing { return nil }
            throw error
        }
        return FileStatus(answer)
    }
}

extension Descriptor {
    /// Opens a path that is there; O_CLOEXEC is always added.
    ///
    /// The corresponding C function is `open`.
    public static func open(_ path: PathBytes, _ flags: Int32) throws(SystemCallError) -> Descriptor {
        let file = Descriptor(
            owning: try checkNegated("open", path.shown) { path.call { Glibc.open($0, flags | atOnce) } })
        file.waitsFromNowOn(flags)
        return file
    }
}

extension Files {
    /// The target of a symbolic link; nil when the path is missing or no link.
    public static func linkTarget(_ path: PathBytes) throws(SystemCallError) -> PathBytes? {
        let size = Int(PATH_MAX)
        var buffer = [CChar](repeating: 0, count: size)
        do throws(SystemCallError) {
            let count = try checkNegated("readlink", path.shown) {
                path.call { Int32(readlink($0, &buffer, size)) }
            }
            return PathBytes(buffer[..<Int(count)].map { UInt8(bitPattern: $0) })
        } catch {
            if error.isMissing || error.code == EINVAL { return nil }
            throw error
        }
    }

    /// Gives a path new permission bits.
    ///
    /// The corresponding C function is `chmod`.
    public static func setMode(_ path: PathBytes, _ mode: UInt32) throws(SystemCallError) {
        try checkNegated("chmod", path.shown) { path.call { chmod($0, mode) } }
    }
}

extension Folders {
    /// All names in a folder, in the order of their bytes, without `.` and `..`; empty when there is no such folder.
    public static func entries(in path: PathBytes) throws(SystemCallError) -> [PathBytes] {
        var stream: OpaquePointer?
        let code = path.call {
            stream = opendir($0)
            return stream == nil ? -1 : 0
        }
        guard let stream else {
            let error = SystemCallError("opendir", path.shown, code: -code)
            if error.isMissing { return [] }
            throw error
        }
        defer { closedir(stream) }
        var names: [PathBytes] = []
        while true {
            // It returns nothing both at the end and on an error.
            errno = 0
            guard let entry = readdir(stream) else {
                let code = errno
                guard code == 0 else { throw SystemCallError("readdir", path.shown, code: code) }
                return names.sorted()
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { PathBytes(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
    }

    /// Removes a file, link or whole tree, never following a link; nothing there is no error.
    public static func removeTree(_ path: PathBytes) throws(SystemCallError) {
        guard let status = try FileStatus.of(path) else { return }
        guard status.kind == .folder else { return try remove(path, "unlink") { unlink($0) } }
        // A tree unpacked with a read-only folder would otherwise stay for ever.
        if status.mode & 0o700 != 0o700 { try Files.setMode(path, 0o700) }
        for name in try entries(in: path) { try removeTree(path.appending(name)) }
        try remove(path, "rmdir") { rmdir($0) }
    }

    private static func remove(
        _ path: PathBytes, _ call: String, _ body: (UnsafePointer<CChar>) -> Int32
    ) throws(SystemCallError) {
        do throws(SystemCallError) { try checkNegated(call, path.shown) { path.call(body) } } catch {
            if !error.isMissing { throw error }
        }
    }
}
