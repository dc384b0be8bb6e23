public import Platform

/// Why something on a btrfs file system was not done.
public enum BtrfsError: Explained, Equatable {
    /// libbtrfsutil refused, in its own words.
    case refused(path: String, what: String, reason: String)
    /// A tool of btrfs-progs cannot be run.
    case noTool(String, path: String, reason: String)
    /// A tool of btrfs-progs failed.
    case tool(String, path: String, reason: String)
    /// The disk refused.
    case disk(SystemCallError)

    /// Words for each case.
    public var explanation: Explanation {
        switch self {
        case .refused(let path, let what, let reason):
            Explanation(
                "\(what): \(reason)", at: path,
                hint:
                    "see what is there (ls -ld \(ShellWord.plain(path))), and whether the file system is full or read-only: "
                    + "sudo btrfs filesystem usage \(ShellWord.plain(Files.folder(of: path))); sudo dmesg")
        case .noTool(let tool, let path, let reason):
            Explanation(
                "\(tool): \(reason)", at: path,
                hint: "install btrfs-progs: name it in \"apt_packages\", or sudo apt-get install btrfs-progs")
        case .tool(let tool, let path, let reason):
            Explanation(
                "\(tool): \(reason)", at: path,
                hint: "see what the kernel says of it (sudo dmesg), and the room on its disk (df -h)")
        case .disk(let error): error.explanation
        }
    }
}
