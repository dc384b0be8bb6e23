internal import Glibc

/// What a machine is, as its kernel tells.
public struct HostFacts: Sendable, Equatable {
    /// Its name, `localhost` where it has none.
    public let hostname: String
    /// How many processors run.
    public let processors: Int
    /// All of its memory, in MiB, as far as the kernel has not kept it for itself: `MemTotal` of proc_meminfo(5).
    public let memoryMebibytes: Int
    /// The address from which it reaches other networks; nil when it reaches none.
    public let address: InternetAddress?

    /// Those of this machine, now.
    ///
    /// Blocks.
    public static func current() -> HostFacts {
        let hostname = (try? Files.firstLine("/proc/sys/kernel/hostname")) ?? nil
        let pages = max(0, sysconf(Int32(_SC_PHYS_PAGES))), bytes = max(0, sysconf(Int32(_SC_PAGESIZE)))
        return HostFacts(
            hostname: hostname ?? "localhost",
            processors: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), memoryMebibytes: (pages * bytes) >> 20,
            address: .ofRoute())
    }
}
