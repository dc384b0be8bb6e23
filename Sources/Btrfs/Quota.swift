public import Platform

/// Quotas of a mounted btrfs.
public enum Quota {
    /// Are they on? The kernel shows it below /sys/fs/btrfs/UUID/qgroups.
    ///
    /// Blocks.
    public static func isOn(device: String) throws(SystemCallError) -> Bool {
        for uuid in try Folders.names(in: "/sys/fs/btrfs") {
            let devices = try Folders.names(in: "/sys/fs/btrfs/\(uuid)/devices")
            guard devices.contains(Files.name(of: device)) else { continue }
            // Kernels before 6.1 have the folder, while quotas are on, and no such file in it.
            let folder = "/sys/fs/btrfs/\(uuid)/qgroups"
            guard try FileStatus.of(folder) != nil else { return false }
            return try Files.text("\(folder)/enabled")?.hasPrefix("1") ?? true
        }
        return false
    }

    /// Turns them on with btrfs(8).
    public static func turnOn(_ mountPoint: String) async throws(BtrfsError) {
        try await BtrfsTool.run("/usr/bin/btrfs", ["quota", "enable", mountPoint], on: mountPoint)
    }
}
