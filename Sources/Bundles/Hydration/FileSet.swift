import Archives
internal import Glibc
public import Platform

/// Files that belong together, by name, in one folder: all of them come from one place, or none does.
public struct FileSet: Sendable {
    /// Where they belong.
    public let folder: String
    /// Their names.
    public let names: [String]

    /// Names a set.
    public init(_ names: [String], in folder: String) {
        self.folder = folder
        self.names = names
    }

    /// What was found whole and is to be moved in; it is there only when all of it is.
    public var ready: String { "\(folder)/.host-bootstrap-ready" }
    private var lock: String { "\(folder)/.host-bootstrap-lock" }
    private var restoring: String { "\(folder)/.host-bootstrap-restoring-" }
    /// No such file is ever made: the set's files are taken from what is staged beside it.
    fileprivate var destination: String { "\(folder)/set" }

    /// What the paths of the folders begin with that the set is made ready in; digits follow.
    public var workPrefixes: [String] { [restoring, ArchiveInstall.stagingPrefix(beside: destination)] }

    /// Those that are not there.
    ///
    /// Blocks.
    public func missing() throws(SystemCallError) -> [String] {
        var missing: [String] = []
        for name in names where try FileStatus.of("\(folder)/\(name)") == nil { missing.append(name) }
        return missing
    }

    /// A killed run had all of them and did not move each in.
    ///
    /// Blocks.
    public func isHalfMoved() throws(SystemCallError) -> Bool { try FileStatus.of(ready) != nil }

    /// The right to fill the folder, which is there, held until the value goes; nil when somebody else has it.
    ///
    /// Blocks for a moment only.
    public func claim() throws(SystemCallError) -> Descriptor? {
        let file = try Descriptor.open(lock, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        if flock(file.number, LOCK_EX | LOCK_NB) == 0 { return file }
        guard errno == EWOULDBLOCK else { throw SystemCallError("flock", lock, code: errno) }
        return nil
    }

    /// Files that came in the way of a set that is half moved in.
    ///
    /// Blocks.
    public func conflicts() throws(SystemCallError) -> [String] {
        var found: [String] = []
        for name in try waiting() where try FileStatus.of("\(folder)/\(name)") != nil { found.append(name) }
        return found
    }

    /// Those that are still to be moved in.
    private func waiting() throws(SystemCallError) -> [String] {
        var waiting: [String] = []
        for name in names where try FileStatus.of("\(ready)/\(name)") != nil {
            if try !isInBoth(name) { waiting.append(name) }
        }
        return waiting
    }

    /// A power cut came after the file's new name was on the disk, and before its old one was gone from there (seen on btrfs).
    private func isInBoth(_ name: String) throws(SystemCallError) -> Bool {
        guard let old = try FileStatus.of("\(ready)/\(name)"), let new = try FileStatus.of("\(folder)/\(name)") else {
            return false
        }
        return old.inode == new.inode && old.device == new.device
    }

    /// Moves a whole set in, file by file, over nothing that is there.
    ///
    /// Blocks. Killed at any moment, the next call goes on.
    public func finish() throws(SystemCallError) {
        guard try isHalfMoved() else { return }
        for name in try waiting() {
            try Files.renameIfAbsent("\(ready)/\(name)", to: "\(folder)/\(name)")
        }
        // The new names first, and then that there is nothing to move any more.
        try Files.synchronizeFolder(folder)
        try Files.synchronizeFolder(ready)
        try Folders.removeTree(ready)
        try Files.synchronizeFolder(folder)
    }

    /// Takes files that lie elsewhere on the same file system as the set, all at once.
    ///
    /// Blocks; `places` are in the order of the names.
    func take(_ places: [PathBytes], by staging: String) throws(SystemCallError) {
        let fresh = "\(staging)/set"
        try Folders.make(fresh, mode: 0o700)
        for (name, place) in zip(names, places) { try Files.rename(place, to: "\(fresh)/\(name)") }
        try FileSystem.synchronize(holding: fresh)
        try Files.renameIfAbsent(fresh, to: ready)
        try Files.synchronizeFolder(folder)
        try finish()
    }

    // MARK: Backups

    /// Copies the newest whole backup that can be read into its place; the answer is its tag, nil when there is none.
    ///
    /// Blocks. A backup of `index.bin` is called `index_backup_TAG.bin`; one is whole when every file of the set has a copy
    /// with the same tag, and none is empty. One that cannot be read is told of and passed over.
    public func restoreNewestBackup(_ tell: (String) -> Void) throws(SystemCallError) -> String? {
        for tag in try wholeBackups() {
            let staging = try WorkFolder(prefix: restoring)
            defer { staging.remove() }
            let copies = names.map { "\(staging.path)/\($0)" }
            do throws(SystemCallError) {
                for (name, copy) in zip(names, copies) {
                    try Files.copy("\(folder)/\(Self.backup(of: name, tag: tag))", to: copy)
                }
            } catch {
                guard [EACCES, EPERM, EIO, ENOENT].contains(error.code) else { throw error }
                tell("the backup \(tag) cannot be read: \(error.explanation.summary)")
                continue
            }
            try take(copies.map { PathBytes($0) }, by: staging.path)
            return tag
        }
        return nil
    }

    /// The tag of the newest whole backup; nil when there is none.
    ///
    /// Blocks.
    public func newestBackup() throws(SystemCallError) -> String? { try wholeBackups().first }

    /// The tags of all whole backups, the newest first, of two from one moment the one with the greater tag.
    private func wholeBackups() throws(SystemCallError) -> [String] {
        guard let first = names.first else { return [] }
        var found: [(tag: String, time: Int64)] = []
        for entry in try Folders.names(in: folder) {
            guard let tag = Self.tag(of: entry, for: first), let time = try wholeBackup(tag) else { continue }
            found.append((tag, time))
        }
        return found.sorted { ($0.time, $0.tag) > ($1.time, $1.tag) }.map(\.tag)
    }

    /// When a backup was made, by its newest file; nil when it is not whole.
    private func wholeBackup(_ tag: String) throws(SystemCallError) -> Int64? {
        var time: Int64 = 0
        for name in names {
            let status = try FileStatus.of("\(folder)/\(Self.backup(of: name, tag: tag))")
            guard let status, status.kind == .file, status.size > 0 else { return nil }
            time = max(time, status.modified)
        }
        return time
    }

    static func backup(of name: String, tag: String) -> String {
        let (stem, suffix) = parts(name)
        return "\(stem)_backup_\(tag)\(suffix)"
    }

    static func tag(of entry: String, for name: String) -> String? {
        let (stem, suffix) = parts(name)
        let start = "\(stem)_backup_"
        let bytes = Array(entry.utf8)
        guard bytes.starts(with: start.utf8), bytes.reversed().starts(with: suffix.utf8.reversed()),
            bytes.count > start.utf8.count + suffix.utf8.count
        else { return nil }
        return String(validating: bytes.dropFirst(start.utf8.count).dropLast(suffix.utf8.count), as: UTF8.self)
    }

    private static func parts(_ name: String) -> (Substring, Substring) {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex else {
            return (name[...], "")
        }
        return (name[..<dot], name[dot...])
    }
}

extension ArchiveInstall {
    /// Fills a set from the archive, in which its files are found by name at any depth.
    public func fill(_ set: FileSet, _ notes: @escaping ProgressNotes) async throws(BundleError) {
        try await unpacked(beside: set.destination, notes) { staged throws(BundleError) in
            let url = staged.archive.url, folder = staged.folder, listing = staged.listing
            let places = try await onOwnThread { () throws(BundleError) in try set.find(in: listing, of: url) }
            try await onThread { () throws(SystemCallError) in
                try set.take(places.map { PathBytes(folder).appending($0) }, by: folder)
            }
        }
    }
}

extension FileSet {
    /// Where each file lies in an archive.
    ///
    /// Blocks.
    func find(in listing: TreeListing, of url: String) throws(BundleError) -> [PathBytes] {
        var found: [PathBytes: PathBytes] = [:]
        var twice: PathBytes?
        let wanted = Set(names.map { PathBytes($0) })
        do throws(SystemCallError) {
            var reader = try listing.reader()
            while let entry = try reader.next() {
                let name = entry.path.name
                guard case .file = entry.kind, wanted.contains(name) else { continue }
                if found.updateValue(entry.path, forKey: name) != nil { twice = twice ?? name }
            }
        } catch {
            throw .disk(error)
        }
        if let twice {
            throw .unsuitable(
                path: url, reason: "holds \"\(twice.shown)\" more than once, and which one is meant cannot be told",
                remedy: "leave one of them in the archive, and publish it anew")
        }
        var places: [PathBytes] = []
        for name in names {
            guard let place = found[PathBytes(name)] else {
                throw .unsuitable(
                    path: url, reason: "the archive is missing the expected file \"\(name)\"",
                    remedy: "name it in \"files\" as the archive does, or publish an archive that has it")
            }
            places.append(place)
        }
        return places
    }
}
