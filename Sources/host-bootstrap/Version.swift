import Archives
import Btrfs
import Digests
import Systemd
import Transfer

/// What `--version` prints.
enum Version {
    static let number = "0.1.0"

    static func text() -> String {
        let libraries = [
            TransferLibrary.version, ArchivesLibrary.version, "OpenSSL/\(DigestsLibrary.version)",
            "libsystemd/\(SystemdLibrary.version)", "libbtrfsutil/\(BtrfsLibrary.version)",
        ]
        return (["host-bootstrap \(number)"] + libraries).joined(separator: "\n") + "\n"
    }
}
