import CLinux
internal import Glibc

/// What a program does first, before anything else runs.
public enum ProcessStart {
    /// Keeps a static glibc from loading the host's name-service modules, and reads names as UTF-8;
    /// keeps memory bounded, and libdispatch's remarks out of the journal.
    public static func prepare() {
        linux_static_name_services()
        linux_bound_heap()
        setlocale(LC_ALL, "C.UTF-8")
        // It asks for a priority that only root may have, and would tell the journal so in every run.
        setenv("LIBDISPATCH_LOG", "NO", 0)
    }

    /// The absolute path of the running program.
    public static func executable() throws(SystemCallError) -> String {
        guard let path = try Files.linkTarget("/proc/self/exe") else {
            throw SystemCallError("readlink", "/proc/self/exe", code: ENOENT)
        }
        return path
    }

    /// A variable of this process's environment; nil when it is not set.
    public static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// The number of this process.
    public static var processID: Int32 { getpid() }
}
