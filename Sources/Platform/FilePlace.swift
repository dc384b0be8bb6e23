/// A folder of the system's in which a config may have files of its own, and what reads them there.
public enum FilePlace: String, Sendable, CaseIterable {
    case kernelSettings = "/etc/sysctl.d"
    case moduleOptions = "/etc/modprobe.d"
    case modules = "/etc/modules-load.d"
    case temporaryFiles = "/etc/tmpfiles.d"
    case journal = "/etc/systemd/journald.conf.d"
    case logRotation = "/etc/logrotate.d"
    case containers = "/etc/containers"
    case programs = "/usr/local/bin"
    case administratorPrograms = "/usr/local/sbin"
    case helpers = "/usr/local/libexec"
    /// A folder of a service's own.
    case service = "/etc/NAME"

    /// Folders in /etc that decide what root runs and who may become root; none of them is a service's.
    public static let closed = [
        "systemd", "sudoers.d", "pam.d", "ssh", "cron.d", "profile.d", "apt", "ld.so.conf.d", "security",
        "host-bootstrap",
    ]

    /// The place of a file that lies right in one of these folders; nil when its reader would pass over that name, or it is
    /// this program's own.
    public init?(of path: String) {
        guard path.utf8.first == UInt8(ascii: "/") else { return nil }
        let folder = Files.folder(of: path)
        guard let place = FilePlace(rawValue: folder) ?? Self.service(folder) else { return nil }
        let name = Files.name(of: path)
        guard (1...200).contains(name.utf8.count), name.utf8.first != UInt8(ascii: "."),
            name.utf8.first != UInt8(ascii: "-"),
            name.isAlphanumeric(or: "._-"), path == "\(folder)/\(name)",
            !name.utf8.starts(with: "60-host-bootstrap-".utf8), !place.wantsSuffix || name.hasSuffix(".conf")
        else { return nil }
        self = place
    }

    private static func service(_ folder: String) -> FilePlace? {
        let name = Files.name(of: folder)
        let isPlain =
            folder == "/etc/\(name)" && (1...200).contains(name.utf8.count) && name.isAlphanumeric(or: "._-")
            && !".-".utf8.contains(name.utf8.first ?? 0)
        return isPlain && !closed.contains(name) ? .service : nil
    }

    /// Its reader passes over files with other names.
    private var wantsSuffix: Bool {
        switch self {
        case .kernelSettings, .moduleOptions, .modules, .temporaryFiles, .journal: true
        case .logRotation, .containers, .programs, .administratorPrograms, .helpers, .service: false
        }
    }

    /// What it has unless the config says otherwise.
    public var mode: UInt32 {
        switch self {
        case .programs, .administratorPrograms, .helpers: 0o755
        default: 0o644
        }
    }

    /// Reads a mode as three octal digits with or without a 0 before them; nil for one that lets others than the owner write,
    /// or keeps the owner from reading.
    public static func mode(_ text: String) -> UInt32? {
        guard (3...4).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x37).contains($0) }),
            let mode = UInt32(text, radix: 8), isMode(mode)
        else { return nil }
        return mode
    }

    /// The same of the bits: set-id bits and those for others to write are not given.
    public static func isMode(_ mode: UInt32) -> Bool { mode & ~0o755 == 0 && mode & 0o400 != 0 }
}
