internal import Glibc

/// A setting of the running kernel's beneath /proc/sys, as sysctl.d(5) names it: `net.core.somaxconn`, or with slashes where a
/// part has a dot, such as `net/ipv4/conf/eth0.100/rp_filter`.
public struct KernelSetting: Sendable, Hashable, Codable {
    /// As it is written.
    public let name: String

    /// Where its settings lie.
    public static let top = "/proc/sys"

    /// Takes a name that leads to one file beneath ``top``; nil for any other.
    public init?(_ name: String) {
        self.name = name
        let isPlain = name.isAlphanumeric(or: "./_-@:")
        guard isPlain, (3...200).contains(name.utf8.count), parts.count > 1,
            parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." })
        else { return nil }
    }

    /// The folders, and the file last.
    public var parts: [String] { name.parts(at: name.utf8.contains(UInt8(ascii: "/")) ? "/" : ".").map(String.init) }

    /// Its file.
    public var path: String { "\(Self.top)/\(parts.joined(separator: "/"))" }

    /// What it is now, without spaces at the ends and with one between; nil when this kernel has none of that name.
    ///
    /// Blocks.
    public func current() throws(SystemCallError) -> String? { try Files.text(path).map(Self.plain) }

    /// The kernel writes several numbers with tabs between.
    public static func plain(_ value: String) -> String {
        value.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// A value is one line.
    public static func isValue(_ text: String) -> Bool {
        (1...1024).contains(text.utf8.count) && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
            && !plain(text).isEmpty
    }
}
