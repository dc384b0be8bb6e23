import Btrfs
internal import Glibc
import Platform

/// A mounted btrfs that was made for this host.
struct MountedImage {
    let mountPoint: String

    init(_ mountPoint: String) { self.mountPoint = mountPoint }

    /// Makes the subvolumes that are missing; those that are there keep their owner and content.
    func createSubvolumes(_ names: [String], owner: String) async throws(PrivilegedError) {
        // By bytes: a combining mark behind it makes one character of the two.
        let starts = [UInt8(ascii: "."), UInt8(ascii: "-")]
        for name in names where name.utf8.first.map(starts.contains) ?? true || name.utf8.contains(UInt8(ascii: "/")) {
            throw .refused(
                what: "is no subvolume's name", place: name, hint: "correct it in \"subvolumes\" of \"btrfs\"")
        }
        let account = try await account(owner)
        try await checkMounted()
        let mountPoint = mountPoint
        for name in names {
            let path = "\(mountPoint)/\(name)"
            try await asRequest { () throws(BtrfsError) in
                if try Subvolume.exists(path) { return }
                try Subvolume.create(path)
            }
            try await asRequest { () throws(SystemCallError) in
                // Root's is one that was just made, or that a killed run made: whose it is otherwise is not decided here.
                guard let status = try FileStatus.of(path), status.owner == 0 else { return }
                try Files.setOwner(path, user: account.user, group: account.group)
            }
        }
    }

    func enableQuotas() async throws(PrivilegedError) {
        try await checkMounted()
        do throws(BtrfsError) { try await Quota.turnOn(mountPoint) } catch { throw .failed(error.explanation) }
    }

    private func checkMounted() async throws(PrivilegedError) {
        let mountPoint = mountPoint
        let isOurs = try await asRequest { () throws(SystemCallError) in
            guard let mount = try Mount.at(mountPoint), mount.kind == "btrfs" else { return false }
            if try Mount.backingFile(of: mount.source)?.hasSuffix(".img") == true { return true }
            return try BlockDevice.at(mount.source).map { (disk) throws(SystemCallError) in
                try disk.obstacle(mountPoint: mountPoint) == nil
            } == true
        }
        guard isOurs else {
            throw .refused(
                what: "no btrfs from an image or a disk for data is mounted there", place: mountPoint,
                hint:
                    "findmnt \(ShellWord.plain(mountPoint)) shows what is: sudo umount \(ShellWord.plain(mountPoint)), and "
                    + "run again")
        }
    }
}
