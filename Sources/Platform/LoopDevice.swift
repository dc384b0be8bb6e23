internal import CLinux
internal import Glibc

/// Block devices that stand for a file; see loop(4).
public enum LoopDevice {
    /// The device that a file is attached to, such as `/dev/loop3`; nil when it is to none, or not there.
    ///
    /// Blocks. The file itself is compared, not its path: another mount namespace may have the same path for another file.
    /// A device that may not be opened is not looked at.
    public static func attached(to path: String) throws(SystemCallError) -> String? {
        guard let file = try FileStatus.of(path) else { return nil }
        for name in try Folders.names(in: "/sys/block") where name.hasPrefix("loop") {
            guard let device = try? Descriptor.open("/dev/\(name)", O_RDONLY) else { continue }
            var (system, inode): (UInt64, UInt64) = (0, 0)
            guard linux_loop_file(device.number, &system, &inode) == 0 else { continue }
            if (system, inode) == (file.device, file.inode) { return "/dev/\(name)" }
        }
        return nil
    }
}
