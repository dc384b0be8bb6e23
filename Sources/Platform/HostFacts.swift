internal import Glibc

/// What a machine is, as its kernel tells.
public enum HostFacts {
    /// Its name, `localhost` where it has none.
    public static var hostname: String {
        let text = (try? Files.text("/proc/sys/kernel/hostname")) ?? nil
        return text?.byteLines.first.map(String.init) ?? "localhost"
    }

    /// How many processors run.
    public static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// All of its memory, in MiB, as far as the kernel has not kept it for itself: `MemTotal` of proc_meminfo(5).
    public static var memoryMebibytes: Int {
        (max(0, sysconf(Int32(_SC_PHYS_PAGES))) * max(0, sysconf(Int32(_SC_PAGESIZE)))) >> 20
    }
}
