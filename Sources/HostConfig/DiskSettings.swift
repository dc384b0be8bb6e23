public import Platform
internal import JSON

/// A disk for data: which one it is, and what it is to hold.
public struct DiskSettings: Sendable, Equatable {
    /// What is done with a disk that holds nothing.
    public enum Format: String, Sendable, CaseIterable {
        /// It gets a file system.
        case blank
        /// Nothing: somebody else makes it.
        case never
    }

    /// What its step is called after `disk-`.
    public let name: String
    /// The devices that it may be, by their paths; the first that appears and is free is taken.
    public let candidates: [String]
    /// How long the first of them is waited for.
    public internal(set) var wait = Duration.seconds(30)
    /// The file system that it has, or gets.
    public internal(set) var fileSystem = DiskFileSystem.ext4
    /// Absolute path of the folder it is mounted on; nil: where the btrfs is, which lies on it.
    public internal(set) var mountPoint: String?
    /// What is done with it when it holds nothing.
    public internal(set) var format = Format.blank
}

extension DiskSettings {
    /// Reads `disks`; two may not have one name or one place.
    static func readAll(_ field: Field) -> [DiskSettings] {
        var names: Set<String> = []
        var places: Set<ByteKey> = []
        return (field.elements("disks") ?? []).compactMap { element in
            guard let disk = read(element) else { return nil }
            if !names.insert(disk.name).inserted {
                element.refuse(.contradiction, "\(Quoting.quote(disk.name)) is listed twice")
            }
            if let place = disk.mountPoint, !places.insert(ByteKey(place)).inserted {
                element.refuse(.contradiction, "another disk is mounted on \(Quoting.quote(place))")
            }
            return disk
        }
    }

    private static func read(_ field: Field) -> DiskSettings? {
        let known = ["name", "candidates", "wait_seconds", "filesystem", "mount_point", "format"]
        guard let fields = field.fields(known) else { return nil }
        let name = fields.required("name")?.name(.dataEntry)
        let candidates = fields.required("candidates").map(readCandidates)
        let wait = fields["wait_seconds"]?.integer(0...600)
        let (fileSystem, format) = (
            fields["filesystem"]?.choice(DiskFileSystem.self), fields["format"]?.choice(Format.self)
        )
        let mountPoint = fields["mount_point"]?.placePath()
        guard let name, let candidates else { return nil }
        var disk = DiskSettings(name: name, candidates: candidates)
        disk.wait = wait.map { .seconds($0) } ?? disk.wait
        disk.fileSystem = fileSystem ?? disk.fileSystem
        disk.mountPoint = mountPoint
        disk.format = format ?? disk.format
        return disk
    }

    private static func readCandidates(_ field: Field) -> [String] {
        var paths: Set<ByteKey> = []
        return (field.elements("paths of devices", minimum: 1) ?? []).compactMap { element in
            let path = element.text(.badPath, "a device's path beneath /dev, such as \"/dev/disk/by-id/NAME\"") {
                isDevicePath($0)
            }
            if let path, !paths.insert(ByteKey(path)).inserted {
                element.refuse(.contradiction, "\(Quoting.quote(path)) is listed twice")
            }
            return path
        }
    }

    /// Anybody may put files into the folders for shared memory, queues and terminals.
    private static func isDevicePath(_ text: String) -> Bool {
        text.isNormalAbsolutePath && text.lies(beneath: "/dev")
            && !["/dev/shm", "/dev/mqueue", "/dev/pts", "/dev/fd"].contains { text == $0 || text.lies(beneath: $0) }
    }
}

extension HostConfiguration {
    /// Holds the disks against where the rest of the config lies.
    func checkDisks(_ fields: Fields) {
        checkNesting(fields)
        for disk in disks {
            guard let place = disk.mountPoint else {
                guard btrfs?.disk != disk.name else { continue }
                fields.contradiction(
                    at: fields["disks"],
                    "\(disk.name) has no \"mount_point\", and no \"disk\" in \"btrfs\" names it")
                continue
            }
            let others = [("\"bootstrap_root\"", bootstrapRoot), ("the btrfs image", btrfs?.imagePath)]
            for (what, path) in others {
                guard let path, path == place || path.lies(beneath: place) else { continue }
                fields.contradiction(
                    at: fields["disks"],
                    "the mount point \(Quoting.quote(place)) would hide \(what), which lies beneath it")
            }
            if place == btrfs?.mountPoint, btrfs?.disk != disk.name {
                fields.contradiction(
                    at: fields["disks"],
                    "the btrfs is mounted on \(Quoting.quote(place)), too; if it is to lie on \(disk.name), "
                        + "name that as \"disk\" in \"btrfs\"")
            }
        }
        checkBtrfs(fields)
    }

    /// Which of two is mounted first is systemd's to know, and only when both have units.
    private func checkNesting(_ fields: Fields) {
        let places = disks.compactMap(\.mountPoint) + [disks.isEmpty ? nil : btrfs?.mountPoint].compactMap(\.self)
        for inner in places {
            guard let outer = places.first(where: { inner.lies(beneath: $0) }) else { continue }
            fields.contradiction(
                at: fields["disks"],
                "\(Quoting.quote(inner)) lies beneath \(Quoting.quote(outer)), where a disk is mounted, too")
        }
    }

    private func checkBtrfs(_ fields: Fields) {
        guard let name = btrfs?.disk else { return }
        guard let disk = disks.first(where: { $0.name == name }) else {
            return fields.contradiction(
                at: fields["btrfs"], "\"disk\" names \(Quoting.quote(name)), and \"disks\" has none of that name")
        }
        if disk.fileSystem != .btrfs {
            fields.contradiction(
                at: fields["btrfs"], "the disk \(disk.name) is to hold \(disk.fileSystem.rawValue), and not btrfs")
        }
        if let place = disk.mountPoint, place != btrfs?.mountPoint {
            fields.contradiction(
                at: fields["btrfs"],
                "the disk \(disk.name) has another \"mount_point\": leave that out, the btrfs has one")
        }
    }
}
