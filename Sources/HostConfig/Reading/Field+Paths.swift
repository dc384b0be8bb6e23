/// Paths, which must be absolute or relative and in their shortest form.
extension Field {
    /// An absolute path other than `/`, without `.`, `..`, doubled or closing slashes.
    func absolutePath() -> String? {
        text(.badPath, "an absolute path without \".\", \"..\" and needless slashes") {
            $0.isNormalAbsolutePath
        }
    }

    /// A path that stays beneath the folder it is taken from.
    func relativePath() -> String? {
        text(.badPath, "a relative path without \".\", \"..\" and needless slashes") { $0[...].isNormalPath }
    }

    /// An absolute path that a mount or a big file may take: no folder of the system itself.
    func placePath() -> String? {
        guard let path = absolutePath() else { return nil }
        guard !Self.systemFolders.contains(path), !Self.systemTrees.contains(where: { path.lies(beneath: $0) }) else {
            refuse(.badPath, "\(Quoting.quote(path)) belongs to the system")
            return nil
        }
        return path
    }

    private static let systemTrees = [
        "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc", "/sbin", "/sys", "/usr",
    ]
    private static let systemFolders = Set(
        systemTrees + ["/home", "/media", "/mnt", "/opt", "/root", "/run", "/srv", "/tmp", "/var", "/var/lib"])
}

extension String {
    /// It starts at `/`, goes further, and is in its shortest form.
    var isNormalAbsolutePath: Bool {
        utf8.first == UInt8(ascii: "/") && Substring(utf8.dropFirst()).isNormalPath
    }

    /// This path is under that folder, and not the folder itself.
    func lies(beneath folder: String) -> Bool { utf8.starts(with: "\(folder)/".utf8) }
}

extension Substring {
    /// It is a path, relative to somewhere, in its shortest form and at most 1024 bytes long.
    ///
    /// `PATH_MAX` is 4096; what is appended to a configured path needs room.
    var isNormalPath: Bool {
        guard !isEmpty, utf8.count <= 1024, !hasControlCharacter else { return false }
        return utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy {
            (1...255).contains($0.count) && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8)
        }
    }
}
