internal import Digests
import Platform

/// The one way to root of a bootstrap user who has no other: a copy of this program in a folder of root's, which sudo runs
/// with one argument and nothing else.
public enum ClosedDoor {
    /// The program that root runs.
    public static let program = "/usr/local/libexec/host-bootstrap/host-bootstrap"
    /// Where the stub puts it when it runs as root, to have it put into its place by itself.
    static let fresh = "/usr/local/libexec/host-bootstrap/new"
    /// What root lets be done by it.
    static let policy = "/etc/host-bootstrap/policy.json"
    /// The units that were written by it, a file each.
    static let units = "/etc/host-bootstrap/units"

    /// The public keys of those whose releases may take the program's place, a file each.
    static let keys = "/etc/host-bootstrap/keys"
    /// The newest version that was there.
    static let version = "/etc/host-bootstrap/version"

    /// The sudoers fragment of a user; sudo passes files over whose names have dots.
    static func sudoers(_ user: String) -> String { "/etc/sudoers.d/90-host-bootstrap-\(user)" }

    /// This process is the program behind the door, or what was there before somebody put another version in its place.
    ///
    /// Blocks. Where the kernel does not say, it counts as that.
    static var isThis: Bool {
        guard let target = (try? Files.linkTarget("/proc/self/exe")) ?? nil else { return true }
        return target == program || target == "\(program) (deleted)"
    }

    /// How the copy there stands to a program of this version.
    public enum State: Sendable, Equatable {
        /// There is none, or it is not root's alone.
        case absent
        /// It is this very program.
        case same
        /// It is another version, with which this one may not understand itself.
        case other
    }

    /// Looks at the copy.
    ///
    /// Blocks. Contents are compared only when the lengths are the same.
    public static func state(for executable: String) -> State {
        guard let copy = (try? FileStatus.of(program)) ?? nil, copy.kind == .file, copy.owner == 0,
            copy.mode & 0o022 == 0, let own = (try? FileStatus.of(executable, followingLink: true)) ?? nil
        else { return .absent }
        if (copy.device, copy.inode) == (own.device, own.inode) { return .same }
        guard copy.size == own.size, let one = try? FileDigest.of(program), let two = try? FileDigest.of(executable)
        else { return .other }
        return one == two ? .same : .other
    }
}
