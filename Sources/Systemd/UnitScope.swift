import Platform

/// Whose systemd runs a unit: the machine's own, or a user's (systemd.unit(5), "User Unit Search Path").
public enum UnitScope: Sendable, Hashable {
    /// Process 1, which anybody may ask and root alone may command.
    case system
    /// The one that runs as this user, and that the user commands.
    case user(number: UInt32, home: String)

    /// Where those who may command it put unit files.
    public var folder: String {
        switch self {
        case .system: "/etc/systemd/system"
        case .user(_, let home): "\(home)/\(Self.folderOfUsers)"
        }
    }

    /// What a user's folder of unit files is called in the home folder.
    public static let folderOfUsers = ".config/systemd/user"

    /// Where systemctl(1) puts files for whoever commands it: `edit`, `mask` and `set-property`, for good and until the next boot.
    public var folders: [String] {
        switch self {
        case .system: AdministratorFiles.folders
        case .user(_, let home):
            [folder, "\(runtimeFolder)/systemd/user", "\(home)/.config/systemd/user.control"]
                + ["\(runtimeFolder)/systemd/user.control"]
        }
    }

    /// Whose those files are.
    public var owner: UInt32 {
        switch self {
        case .system: 0
        case .user(let number, _): number
        }
    }

    /// The unit of the machine's systemd that a user's own runs in; nil for the machine's.
    public var process: UnitName? {
        guard case .user(let number, _) = self else { return nil }
        return try? UnitName("user@\(number).service")
    }

    /// The addresses at which it can be spoken to, the better one first; none for the machine's, which is on the system bus.
    ///
    /// A user's bus is there where dbus-user-session is installed; the other is systemd's alone.
    var sockets: [(path: String, isBus: Bool)] {
        guard case .user = self else { return [] }
        return [("\(runtimeFolder)/bus", true), ("\(runtimeFolder)/systemd/private", false)]
    }

    private var runtimeFolder: String {
        guard case .user(let number, _) = self else { return "/run" }
        // pam_systemd(8): what XDG_RUNTIME_DIR is, for whoever was not logged in by it, too.
        return "/run/user/\(number)"
    }

    /// Commands of a hint as they are for this systemd: of a user's unit, the machine's knows nothing.
    public func asking(_ hint: String) -> String {
        guard case .user = self else { return hint }
        var words = hint
        for (system, own) in [
            // Root is not asked for what is the user's own.
            ("sudo systemctl ", "systemctl "), ("systemctl ", "systemctl --user "),
            ("journalctl -u ", "journalctl --user-unit "),
            ("systemd-analyze verify ", "systemd-analyze --user verify "),
        ] {
            words = words.replacingBytes(system, with: own)
        }
        return words
    }
}
