internal import Glibc
import Platform

/// A disk for data where it is mounted.
struct MountedDisk {
    let mountPoint: String
    let fileSystem: DiskFileSystem
    let uuid: String

    /// Makes the file system fill the disk, and gives its root to the owner while it is root's and empty; the disk's size.
    func settle(owner name: String?) async throws(PrivilegedError) -> Int64 {
        let device = try await device()
        if let name { try await give(to: try await account(name)) }
        let (tool, arguments) =
            switch fileSystem {
            case .btrfs: ("/usr/bin/btrfs", ["filesystem", "resize", "max", mountPoint])
            case .ext4: ("/usr/sbin/resize2fs", [device.path])
            case .xfs: ("/usr/sbin/xfs_growfs", [mountPoint])
            }
        try await DiskTool.run(tool, arguments, on: mountPoint, of: fileSystem)
        return device.bytes
    }

    /// The one that is mounted there, if it is the one that is meant.
    private func device() async throws(PrivilegedError) -> BlockDevice {
        let (mountPoint, kind) = (mountPoint, fileSystem.rawValue)
        let device = try await asRequest(beneath: []) { () throws(SystemCallError) -> BlockDevice? in
            guard let mount = try Mount.at(mountPoint), mount.kind == kind else { return nil }
            guard let device = try BlockDevice.at(mount.source) else { return nil }
            return try device.obstacle(mountPoint: mountPoint) == nil ? device : nil
        }
        if let device, case .fileSystem(kind, uuid) = try await DiskContent.of(device) { return device }
        throw .refused(
            what: "no \(kind) with the UUID \(uuid) is mounted there", place: mountPoint,
            hint:
                "findmnt \(ShellWord.plain(mountPoint)) shows what is: sudo umount \(ShellWord.plain(mountPoint)), and "
                + "run again")
    }

    /// What somebody put there is theirs to give away.
    private func give(to owner: Account) async throws(PrivilegedError) {
        let mountPoint = mountPoint
        try await asRequest(beneath: []) { () throws(SystemCallError) in
            try RootFile.refuseLinks(mountPoint)
            let root = try Descriptor.open(mountPoint, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            guard try FileStatus.of(root, path: mountPoint).owner == 0,
                try Folders.names(in: mountPoint).allSatisfy({ $0 == "lost+found" })
            else { return }
            guard fchown(root.number, owner.user, owner.group) == 0 else {
                throw SystemCallError("fchown", mountPoint, code: errno)
            }
        }
    }
}
