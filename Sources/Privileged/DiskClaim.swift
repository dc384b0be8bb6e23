internal import Glibc
public import Platform

/// A disk for data that is asked for: which it may be, and what it is to hold.
public struct DiskClaim: Sendable, Codable, Equatable {
    /// The devices that it may be, in order of preference.
    public let candidates: [String]
    /// The file system that it has, or gets.
    public let fileSystem: DiskFileSystem
    /// It gets one when it holds nothing.
    public let formatsBlank: Bool
    /// The UUID of the file system that it had the last time; then no other disk is taken, and none formatted.
    public let uuid: String?
    /// Where it may be mounted already.
    public let mountPoint: String

    /// Asks for a disk.
    public init(
        candidates: [String], fileSystem: DiskFileSystem, formatsBlank: Bool, uuid: String?, mountPoint: String
    ) {
        self.candidates = candidates
        self.fileSystem = fileSystem
        self.formatsBlank = formatsBlank
        self.uuid = uuid
        self.mountPoint = mountPoint
    }

    /// Takes the first that is there and free, or that has the UUID; formats it if it holds nothing at all.
    func prepare(_ progress: @Sendable (String) -> Void) async throws(PrivilegedError) -> ClaimedDisk {
        guard (1...64).contains(candidates.count), candidates.allSatisfy({ $0.hasFirstBytes("/dev/") }) else {
            throw .refused(what: "a disk is named by its path beneath /dev", place: "disks", hint: Self.naming)
        }
        var others: [String] = []
        for path in candidates {
            let (claim, device) = (self, try await look(at: path))
            guard let device else {
                others.append("\(path) is not there")
                continue
            }
            let obstacle = try await asRequest(beneath: []) { () throws(SystemCallError) in
                try claim.obstacle(of: device)
            }
            if let obstacle {
                others.append("\(path) \(obstacle)")
                continue
            }
            let content = try await DiskContent.of(device)
            guard let uuid else { return try await take(device, as: path, content, progress) }
            if case .fileSystem(fileSystem.rawValue, uuid) = content {
                return ClaimedDisk(device: device.path, uuid: uuid, bytes: device.bytes, isFresh: false)
            }
            others.append("\(path) \(content.words)")
        }
        throw noDisk(others)
    }

    private func take(
        _ device: BlockDevice, as path: String, _ content: DiskContent, _ progress: @Sendable (String) -> Void
    ) async throws(PrivilegedError) -> ClaimedDisk {
        switch content {
        case .fileSystem(fileSystem.rawValue, let uuid?):
            return ClaimedDisk(device: device.path, uuid: uuid, bytes: device.bytes, isFresh: false)
        case .nothing where formatsBlank:
            progress("formatting \(path) as \(fileSystem.rawValue)")
            try await format(device)
            guard case .fileSystem(fileSystem.rawValue, let uuid?) = try await DiskContent.of(device) else { break }
            return ClaimedDisk(device: device.path, uuid: uuid, bytes: device.bytes, isFresh: true)
        case .nothing:
            throw .refused(
                what: "it holds nothing, and \"format\" is \"never\"", place: path,
                hint:
                    "make it by hand: sudo mkfs.\(fileSystem.rawValue) \(ShellWord.plain(path)); or let \"format\" be \"blank\""
            )
        default: break
        }
        throw .refused(DiskRefusal.foreign("it \(content.words)", fileSystem, at: path))
    }

    /// mkfs opens the device for itself alone, and gives up where somebody has it.
    private func format(_ device: BlockDevice) async throws(PrivilegedError) {
        let options =
            switch fileSystem {
            case .btrfs: ["--quiet"]
            // A whole disk is no partition, and that is meant.
            case .ext4: ["-q", "-F"]
            case .xfs: ["-q"]
            }
        try await DiskTool.run(
            "/usr/sbin/mkfs.\(fileSystem.rawValue)", options + [device.path], on: device.path, of: fileSystem)
    }

    // MARK: Looking

    private func look(at path: String) async throws(PrivilegedError) -> BlockDevice? {
        try await asRequest(beneath: []) { () throws(SystemCallError) in try BlockDevice.at(path) }
    }

    /// What speaks against the device, whoever may see it.
    private func obstacle(of device: BlockDevice) throws(SystemCallError) -> String? {
        if let words = try device.obstacle(mountPoint: mountPoint) { return words }
        if let mount = try Mount.at(mountPoint) {
            if try mount.blockDevice() == device.number { return nil }
            return "is not what is mounted at \(mountPoint)"
        }
        // The kernel keeps it for who has mounted it, in whatever namespace, or built something on it (open(2)).
        do throws(SystemCallError) { _ = try Descriptor.open(device.path, O_RDONLY | O_EXCL) } catch {
            guard error.code == EBUSY else { throw error }
            return "is in use"
        }
        return nil
    }

    // MARK: Words

    private func noDisk(_ others: [String]) -> PrivilegedError {
        guard let uuid else { return .refused(DiskRefusal.none(others, at: "disks")) }
        return .refused(DiskRefusal.missing(uuid, others, at: "disks"))
    }

    private static let naming = "ls -l /dev/disk/by-id; lsblk -f: name it in \"candidates\" of \"disks\""
}

/// The disk that was found, and what is on it now.
public struct ClaimedDisk: Sendable, Codable, Equatable {
    /// Where the kernel has it.
    public let device: String
    /// Its file system's UUID.
    public let uuid: String
    /// Its size in bytes.
    public let bytes: Int64
    /// It was formatted just now.
    public let isFresh: Bool
}
