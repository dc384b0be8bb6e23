internal import CLinux

/// What this kernel can keep a thread or a process to.
public enum KernelSupport {
    /// In words, for a log: what holds, and what does not.
    public static func words() -> String { "\(landlock), \(hasSeccomp ? "seccomp" : "no seccomp")" }

    /// Whether the kernel has filters of system calls.
    public static var hasSeccomp: Bool { linux_seccomp_mode() >= 0 }

    /// How it is with Landlock.
    public static var landlock: String {
        switch FileReach.landlockVersion {
        case let version? where FileReach.isEnforced: "Landlock (version \(version))"
        case let version?: "no Landlock: version \(version) is too old"
        case nil: "no Landlock"
        }
    }
}
