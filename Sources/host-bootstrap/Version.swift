import Archives
import Btrfs
import Digests
import Platform
import Systemd
import Transfer

/// What `--version` prints.
enum Version {
    static let number = "0.1.0"

    private static let linked: Set = [
        "libacl", "libarchive", "libattr", "libbtrfsutil", "libbz2", "libc", "libcap", "libcares", "libcrypto",
        "libcurl", "liblzma", "libnghttp2", "libseccomp", "libssl", "libstdc++", "libsystemd", "libz", "libzstd",
    ]

    static func text() -> String {
        let released = LinkedLibraries.versions(of: linked)
        let libraries = released.isEmpty ? tellingThemselves() : released
        return (["host-bootstrap \(number)"] + libraries).joined(separator: "\n") + "\n"
    }

    private static func tellingThemselves() -> [String] {
        [
            TransferLibrary.version, ArchivesLibrary.version, "OpenSSL/\(DigestsLibrary.version)",
            "libsystemd/\(SystemdLibrary.version)", "libbtrfsutil/\(BtrfsLibrary.version)",
        ]
    }
}
