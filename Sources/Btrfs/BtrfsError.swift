public import Platform

/// Why something on a btrfs file system was not done.
public enum BtrfsError: Explained, Equatable {
    /// libbtrfsutil refused, in its own words.
    case refused(path: String, what: String, reason: String)
    /// A tool of btrfs-progs failed.
    case tool(String, path: String, reason: String)
    /// The disk refused.
    case disk(SystemCallError)

    /// Words for each case.
    public var explanation: Explanation {
        switch self {
        case .refused(let path, let what, let reason):
            Explanation("\(what): \(reason)", at: path, hint: "look at it with: btrfs subvolume show '\(path)'")
        case .tool(let tool, let path, let reason):
            Explanation(
                "\(tool): \(reason)", at: path, hint: "is btrfs-progs installed (\"apt_packages\")? See dmesg too")
        case .disk(let error): error.explanation
        }
    }
}
