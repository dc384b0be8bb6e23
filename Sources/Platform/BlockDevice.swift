internal import Glibc

/// A disk or a part of one, as the kernel shows it to everybody; see sysfs(5).
public struct BlockDevice: Sendable, Equatable {
    /// The kernel's name, such as `nvme0n1p2`.
    public let name: String
    /// Its numbers, such as `259:2`.
    public let number: String
    /// Its size in bytes; 0 when there is nothing in the drive.
    public let bytes: Int64
    /// The whole disk's name, when it is a partition of one.
    let wholeDisk: String?

    /// Where the kernel itself has put it, whatever link led here.
    public var path: String { "/dev/\(name)" }

    /// Looks at a path, following links; nil when there is no block device.
    ///
    /// Blocks.
    public static func at(_ path: String) throws(SystemCallError) -> BlockDevice? {
        guard let number = try FileStatus.of(path, followingLink: true)?.blockDevice else { return nil }
        return try numbered(number)
    }

    /// The one with these numbers; nil when the kernel has none.
    static func numbered(_ number: String) throws(SystemCallError) -> BlockDevice? {
        // …/block/sda for a disk, …/block/sda/sda1 for a partition.
        let folder = folder(of: number)
        guard let target = try Files.linkTarget(folder) else { return nil }
        let isPartition = try FileStatus.of("\(folder)/partition") != nil
        return BlockDevice(
            name: kernelName(Files.name(of: target)), number: number, bytes: 512 * (try count("\(folder)/size")),
            wholeDisk: isPartition ? kernelName(Files.name(of: Files.folder(of: target))) : nil)
    }

    /// Why nothing may be put on it, in words; nil when nothing speaks against it.
    ///
    /// That it is mounted at `mountPoint` does not. Blocks. What only opening it shows is not seen.
    public func obstacle(mountPoint: String? = nil) throws(SystemCallError) -> String? {
        let folder = Self.folder(of: number)
        guard bytes > 0 else { return "holds nothing (0 bytes)" }
        if try Self.count("\(folder)/ro") != 0 { return "is read-only" }
        for entry in try Folders.names(in: folder) where try FileStatus.of("\(folder)/\(entry)/partition") != nil {
            return "holds partitions (\(entry))"
        }
        if let holder = try Folders.names(in: "\(folder)/holders").first { return "is a part of \(holder)" }
        if try Self.systemDisks().contains(wholeDisk ?? name) { return "is the disk that the system runs from" }
        let mounts = try mounts()
        // Besides, a folder or subvolume of it may be mounted anywhere.
        if let other = mounts.first, !mounts.contains(where: { $0.point == mountPoint }) {
            return "is mounted at \(other.point)"
        }
        if mounts.isEmpty, try isInBtrfs() { return "is a part of a btrfs that is mounted" }
        for line in (try Files.text("/proc/swaps") ?? "").byteLines {
            let swap = line.parts(at: " ", omittingEmpty: true).first.map(String.init) ?? ""
            guard swap.hasFirstBytes("/") else { continue }
            if try FileStatus.of(swap, followingLink: true)?.blockDevice == number { return "is swapped to" }
        }
        return nil
    }

    /// Where it is mounted.
    private func mounts() throws(SystemCallError) -> [Mount] {
        var found: [Mount] = []
        for mount in try Mount.all() where try mount.blockDevice() == number { found.append(mount) }
        return found
    }

    /// A file system over several disks names one of them where it is mounted.
    private func isInBtrfs() throws(SystemCallError) -> Bool {
        for uuid in try Folders.names(in: "/sys/fs/btrfs") {
            if try FileStatus.of("/sys/fs/btrfs/\(uuid)/devices/\(sysfsName)") != nil { return true }
        }
        return false
    }

    private var sysfsName: String { name.split(separator: "/").joined(separator: "!") }

    /// The whole disks beneath what the system itself is mounted from.
    private static func systemDisks() throws(SystemCallError) -> Set<String> {
        var disks: Set<String> = []
        let points = ["/", "/boot", "/boot/efi", "/etc", "/usr", "/var"]
        for mount in try Mount.all() where points.contains(mount.point) {
            guard let number = try mount.blockDevice() else { continue }
            try disks.formUnion(wholeDisks(beneath: number))
        }
        return disks
    }

    /// Through device mapper and RAID, down to disks.
    private static func wholeDisks(beneath number: String, depth: Int = 0) throws(SystemCallError) -> Set<String> {
        guard let device = try numbered(number) else { return [] }
        var disks: Set = [device.wholeDisk ?? device.name]
        guard depth < 8 else { return disks }
        let folder = "\(folder(of: number))/slaves"
        for slave in try Folders.names(in: folder) {
            guard let below = try Files.firstLine("\(folder)/\(slave)/dev") else { continue }
            try disks.formUnion(wholeDisks(beneath: below, depth: depth + 1))
        }
        return disks
    }

    private static func folder(of number: String) -> String { "/sys/dev/block/\(number)" }

    /// sysfs has an exclamation mark where a name has a slash.
    private static func kernelName(_ name: String) -> String { name.split(separator: "!").joined(separator: "/") }

    private static func count(_ path: String) throws(SystemCallError) -> Int64 {
        try Files.firstLine(path).flatMap { Int64($0) } ?? 0
    }
}
