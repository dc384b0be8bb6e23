import Digests
internal import Glibc
import Platform

/// Links, symbolic and hard.
extension ExtractionTarget {
    func makeLink(
        to target: PathBytes, _ parent: Parent, _ name: PathBytes, _ entry: ArchiveEntry
    ) throws(ArchiveError) {
        let folder = parent.folder.descriptor.number
        let code = target.call { target in name.call { symlinkat(target, folder, $0) } }
        let path = parent.path.appending(name)
        // The same link twice is one.
        if code == -EEXIST, try linkTarget(of: path) == target { return }
        guard code == 0 else { throw failure(entry, "symlinkat", code: -code) }
        try record(UnpackedEntry(path: path, kind: .link(target: target), mode: 0o777))
    }

    private func linkTarget(of path: PathBytes) throws(ArchiveError) -> PathBytes? {
        let full = PathBytes(folder).appending(path)
        return try onDisk { () throws(SystemCallError) in try Files.linkTarget(full) }
    }

    func makeHardLink(
        to target: [PathBytes], _ parent: Parent, _ name: PathBytes, _ entry: ArchiveEntry
    ) throws(ArchiveError) {
        let original = PathBytes.joined(target), path = parent.path.appending(name)
        let above = PathBytes.joined(target.dropLast())
        guard let targetName = target.last, above.bytes.isEmpty || folders[above] != nil else {
            throw noOriginal(entry)
        }
        // The file may still be on its way.
        try drain()
        let from = try openParent(Array(target.dropLast()), entry)
        let folders = (from: from.folder.descriptor.number, to: parent.folder.descriptor.number)
        var status = stat()
        let code = targetName.call { fstatat(folders.from, $0, &status, AT_SYMLINK_NOFOLLOW) }
        guard code == 0, status.st_mode & S_IFMT == S_IFREG else { throw noOriginal(entry) }
        // GNU tar writes one for a file that it was given twice.
        if path == original { return }
        try makeWay(for: path, in: parent, name)
        let linked = targetName.call { target in name.call { linkat(folders.from, target, folders.to, $0, 0) } }
        guard linked == 0 else { throw failure(entry, "linkat", code: -linked) }
        guard tell != nil else { return }
        let known: UnpackedEntry
        if let before = self.linked[original] {
            known = before
        } else {
            known = try look(from.folder.descriptor, targetName, status, entry)
            self.linked[original] = known
        }
        try record(UnpackedEntry(path: path, kind: known.kind, mode: known.mode, modified: known.modified))
    }

    private func noOriginal(_ entry: ArchiveEntry) -> ArchiveError {
        policy.refuse(entry, "it links to what is no file of this archive before it")
    }

    /// Hashes a file that has a second name; hard links are rare enough for reading it once more.
    private func look(
        _ folder: borrowing Descriptor, _ name: PathBytes, _ status: stat, _ entry: ArchiveEntry
    ) throws(ArchiveError) -> UnpackedEntry {
        let above = folder.number
        let number = name.call { openat(above, $0, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) }
        guard number >= 0 else { throw failure(entry, "openat", code: -number) }
        let file = Descriptor(owning: number)
        var hasher = DigestHasher()
        var buffer = [UInt8](repeating: 0, count: Self.piece)
        try onDisk { () throws(SystemCallError) in
            while let count = try file.read(into: &buffer, path: "\(self.folder)/\(entry.path.shown)") {
                buffer.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            }
        }
        let modified = status.st_mtim.nanoseconds
        return UnpackedEntry(
            path: name, kind: .file(size: Int64(status.st_size), digest: hasher.finish()),
            mode: UInt32(status.st_mode) & 0o7777, modified: modified)
    }
}
