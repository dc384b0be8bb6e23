import Archives
internal import Glibc
public import Platform

/// How the files of a bundle become another user's than the one who installs them, and that one's again.
public struct TreeCustody: Sendable {
    /// Gives a version's folder, with all in it, to its owner.
    public let handOver: @Sendable (_ folder: String) async throws(BundleError) -> Void
    /// Takes it back, to replace it; a folder that is not there is no error.
    public let takeBack: @Sendable (_ folder: String) async throws(BundleError) -> Void

    /// Makes it of its two ways.
    public init(
        handOver: @escaping @Sendable (String) async throws(BundleError) -> Void,
        takeBack: @escaping @Sendable (String) async throws(BundleError) -> Void
    ) {
        self.handOver = handOver
        self.takeBack = takeBack
    }
}

/// Versions whose files are another user's: it can be seen that there are some, and how they are to be.
extension BundleStore {
    /// Versions were given to another user, or may have been.
    ///
    /// Blocks.
    public func isHanded(_ name: String) throws(SystemCallError) -> Bool {
        try FileStatus.of(handedPath(name))?.kind == .file
    }

    /// Writes down, before it is done, that versions are given to another user.
    ///
    /// Blocks.
    public func noteHanded(_ name: String, to user: String) throws(SystemCallError) {
        let text = Array("\(user)\n".utf8)
        guard try Files.readIfPresent(handedPath(name)) != text else { return }
        try Folders.make(records(name))
        try Files.replace(handedPath(name), with: text, mode: 0o644)
    }

    /// Forgets it when all of them are back.
    ///
    /// Blocks.
    public func noteTakenBack(_ name: String) throws(SystemCallError) {
        try Files.remove(handedPath(name))
        try Files.synchronizeFolder(records(name))
    }

    /// What of an installed version is no longer as it was installed, in words, with the modes that its owner's files have.
    ///
    /// Blocks.
    public func drifts(
        _ name: String, _ record: InstallRecord, _ check: TreeCheck = TreeCheck()
    ) throws(SystemCallError) -> [String] {
        try record.drifts(in: folder(name, record.version), try closer(name, record.version, check))
    }

    /// The first thing of it that is not as it was installed, or was added since; nil when there is none.
    ///
    /// Blocks.
    public func change(_ name: String, _ record: InstallRecord) throws(SystemCallError) -> String? {
        try record.change(in: folder(name, record.version), try closer(name, record.version, TreeCheck()))
    }

    private func closer(
        _ name: String, _ version: String, _ check: TreeCheck
    ) throws(SystemCallError) -> TreeCheck {
        var check = check
        guard try isHanded(name), let status = try FileStatus.of(folder(name, version)),
            let keeper = try FileStatus.of(records(name)), status.owner != keeper.owner
        else { return check }
        check.treeOwner = status.owner
        return check
    }

    private func handedPath(_ name: String) -> String { "\(records(name))/.owner" }
}

extension BundleStore {
    /// Lets the group read, of a tree that was unpacked just now, whatever its owner may.
    ///
    /// Blocks. The group is the one of who installs and looks after it, whoever the owner is.
    public static func shareWithGroup(_ folder: String) throws(SystemCallError) {
        try shareWithGroup(PathBytes(folder))
    }

    private static func shareWithGroup(_ folder: PathBytes) throws(SystemCallError) {
        for name in try Folders.entries(in: folder) {
            let path = folder.appending(name)
            guard let status = try FileStatus.of(path), [.file, .folder].contains(status.kind) else { continue }
            let mode = UnpackedEntry.shared(status.mode, isFolder: status.kind == .folder)
            if status.mode != mode { try Files.setMode(path, mode) }
            if status.kind == .folder { try shareWithGroup(path) }
        }
    }
}

extension UnpackedEntry {
    /// Its permission bits where it is another user's than the one's who looks after it.
    var sharedMode: UInt32 { Self.shared(mode, isFolder: kind == .folder) }

    fileprivate static func shared(_ mode: UInt32, isFolder: Bool) -> UInt32 {
        mode | (mode & (isFolder ? 0o500 : 0o400)) >> 3
    }
}

extension InstallRecord {
    /// Gives everything the permission bits with which it was installed.
    ///
    /// Blocks.
    public func restoreModes(in folder: String) throws(SystemCallError) {
        guard try FileStatus.of(listing.path)?.kind == .file else { return }
        var reader = try listing.reader()
        while let entry = try reader.next() {
            let path = PathBytes(folder).appending(entry.path)
            guard let status = try FileStatus.of(path) else { continue }
            switch (entry.kind, status.kind) {
            case (.folder, .folder), (.file, .file):
                guard status.mode != entry.mode else { continue }
                do throws(SystemCallError) { try Files.setMode(path, entry.mode) } catch {
                    // Somebody made it another's, which a look tells.
                    if error.code != EPERM { throw error }
                }
            default: continue
            }
        }
        if try FileStatus.of(folder)?.mode != 0o755 { try Files.setMode(folder, 0o755) }
    }
}
