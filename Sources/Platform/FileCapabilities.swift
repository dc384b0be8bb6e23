import CLinux
internal import Glibc

/// What a program may do of root's, whoever starts it: capabilities(7), as the kernel keeps them with a file.
///
/// The form is that of struct vfs_cap_data in linux/capability.h. Whoever writes to the file takes them from it.
public struct FileCapabilities: Sendable, Hashable {
    /// What the kernel keeps; nothing where there are none.
    private let attribute: [UInt8]

    /// None at all.
    public static let none = FileCapabilities(attribute: [])

    private init(attribute: [UInt8]) { self.attribute = attribute }

    /// Those of these names, such as `cap_net_bind_service`, in effect from the start; nil when the kernel has no such name.
    public init?(names: [String]) {
        var bits: UInt64 = 0
        for name in names {
            guard let bit = Self.names.firstIndex(of: name) else { return nil }
            bits |= 1 << UInt64(bit)
        }
        self.init(bits: bits)
    }

    private init(bits: UInt64) {
        // Permitted below and above 32, each before what is inheritable.
        let words = [Self.secondRevision, UInt32(truncatingIfNeeded: bits), 0, UInt32(bits >> 32), 0]
        let bytes = words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) } }
        attribute = bits == 0 ? [] : bytes
    }

    /// VFS_CAP_REVISION_2 with VFS_CAP_FLAGS_EFFECTIVE.
    private static let secondRevision: UInt32 = 0x0200_0001

    /// Their names; nil when there is more to say than that these are in effect from the start.
    public var names: [String]? {
        if attribute.isEmpty { return [] }
        let found = Self.names.enumerated().filter { number, _ in
            let byte = (number < 32 ? 4 : 12) + number % 32 / 8
            return attribute.count == 20 && attribute[byte] >> UInt8(number % 8) & 1 == 1
        }.map(\.element)
        return FileCapabilities(names: found) == self ? found : nil
    }

    /// In one word, which ``init(_:)`` reads: names with `=ep`, as getcap(8) has it, or else what the kernel keeps.
    public var text: String {
        if let names { return names.isEmpty ? "none" : names.joined(separator: ",") + "=ep" }
        return "0x" + Hexadecimal.text(attribute)
    }

    /// Reads ``text``; nil for anything else.
    public init?(_ text: String) {
        if text == "none" {
            self = .none
        } else if text.hasSuffix("=ep") {
            self.init(names: Substring(text.utf8.dropLast(3)).parts(at: ",").map(String.init))
        } else {
            guard text.hasFirstBytes("0x"), let bytes = Hexadecimal.bytes(Substring(text.utf8.dropFirst(2))),
                [20, 24].contains(bytes.count)
            else { return nil }
            self.init(attribute: bytes)
        }
    }

    /// What a file has; where a link leads is not looked at.
    ///
    /// Blocks. Anybody who reaches the file may ask.
    public static func of(_ path: String) throws(SystemCallError) -> FileCapabilities {
        var bytes = [UInt8](repeating: 0, count: 64)
        let room = bytes.count
        let count = try checkNegated("lgetxattr", path) { linux_file_capabilities(path, &bytes, room) }
        return FileCapabilities(attribute: Array(bytes.prefix(Int(count))))
    }

    /// Gives them to a file, which has no others then; for root alone.
    ///
    /// Blocks.
    public func give(to file: borrowing Descriptor, _ path: String) throws(SystemCallError) {
        let (number, attribute) = (file.number, attribute)
        _ = try checkNegated("fsetxattr", path) {
            linux_set_file_capabilities(number, attribute, attribute.count)
        }
    }

    /// By their numbers, of Linux 6.12.
    public static let names = [
        "cap_chown", "cap_dac_override", "cap_dac_read_search", "cap_fowner", "cap_fsetid", "cap_kill", "cap_setgid",
        "cap_setuid", "cap_setpcap", "cap_linux_immutable", "cap_net_bind_service", "cap_net_broadcast",
        "cap_net_admin", "cap_net_raw", "cap_ipc_lock", "cap_ipc_owner", "cap_sys_module", "cap_sys_rawio",
        "cap_sys_chroot", "cap_sys_ptrace", "cap_sys_pacct", "cap_sys_admin", "cap_sys_boot", "cap_sys_nice",
        "cap_sys_resource", "cap_sys_time", "cap_sys_tty_config", "cap_mknod", "cap_lease", "cap_audit_write",
        "cap_audit_control", "cap_setfcap", "cap_mac_override", "cap_mac_admin", "cap_syslog", "cap_wake_alarm",
        "cap_block_suspend", "cap_audit_read", "cap_perfmon", "cap_bpf", "cap_checkpoint_restore",
    ]
}
