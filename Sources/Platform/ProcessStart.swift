import CLinux
internal import Glibc

/// What a program does first, before anything else runs.
public enum ProcessStart {
    /// Keeps a static glibc from loading the host's name-service modules, and reads names as UTF-8;
    /// keeps memory bounded, and libdispatch's remarks out of the journal.
    public static func prepare() {
        linux_static_name_services()
        linux_bound_heap()
        InheritedFiles.adopt()
        setlocale(LC_ALL, "C.UTF-8")
        // It asks for a priority that only root may have, and would tell the journal so in every run.
        setenv("LIBDISPATCH_LOG", "NO", 0)
    }

    /// The absolute path of the running program.
    public static func executable() throws(SystemCallError) -> String {
        guard let path = try Files.linkTarget(ownFile) else {
            throw SystemCallError("readlink", ownFile, code: ENOENT)
        }
        return path
    }

    /// The running program's file; its name may be another file's by now.
    public static func program() throws(SystemCallError) -> [UInt8] { try Files.read(ownFile, limit: 1 << 30) }

    /// The link by which the kernel leads to the running program's file, whatever lies under its name.
    public static let ownFile = "/proc/self/exe"

    /// A variable of this process's environment; nil when it is not set.
    public static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// All variables of this process's environment, as far as they are text.
    public static func environment() -> [String: String] {
        var variables: [String: String] = [:]
        var next = linux_environment()
        while let entry = next?.pointee {
            let text = UnsafeRawBufferPointer(start: entry, count: strlen(entry))
            let parts = text.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, let name = String(validating: parts[0], as: UTF8.self) {
                variables[name] = String(validating: parts[1], as: UTF8.self)
            }
            next = next?.advanced(by: 1)
        }
        return variables
    }

    /// Goes on as if it had been started elsewhere: with these variables and in this folder.
    ///
    /// What tells of the service that this process is stays. For the very beginning: other threads may read variables.
    public static func goOn(with variables: [String: String], in folder: String) throws(SystemCallError) {
        let own = ["JOURNAL_STREAM", "INVOCATION_ID", "SYSTEMD_EXEC_PID"]
        let kept = own.reduce(into: [:]) { $0[$1] = environment($1) }
        clearenv()
        for (name, value) in variables.filter({ !own.contains($0.key) }).merging(kept, uniquingKeysWith: { $1 }) {
            setenv(name, value, 1)
        }
        try check("chdir", folder) { chdir(folder) }
    }

    /// Makes a file this process's standard input, and takes its name away: it is gone once it was read.
    public static func takeInput(from path: String) throws(SystemCallError) {
        let file = try Descriptor.open(path, O_RDONLY | O_NOFOLLOW)
        try Files.remove(path)
        try check("dup2", path) { [number = file.number] in dup2(number, 0) }
    }

    /// Goes on as another program, in this very process: with its number, its environment, and those of its open files that
    /// are named (``InheritedFiles``).
    ///
    /// - Throws: `execv`'s error; where it does not, it does not return.
    public static func become(
        _ path: String, _ arguments: [String], keeping files: [String: Int32]
    ) throws(SystemCallError) -> Never {
        var words = ([path] + arguments).map { strdup($0) } + [nil]
        InheritedFiles.leave(files)
        execv(path, &words)
        let code = errno
        InheritedFiles.keep(files)
        for word in words { free(word) }
        throw SystemCallError("execv", path, code: code)
    }

    /// The number of this process.
    public static var processID: Int32 { getpid() }
}
