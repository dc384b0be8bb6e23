internal import CSystemd

/// Which library this program runs with.
public enum SystemdLibrary {
    /// The version of libsystemd.
    public static var version: String { LINKED_SYSTEMD_VERSION }
}
