/// What is mounted where, from the kernel itself; see proc_pid_mountinfo(5).
public struct Mount: Sendable, Equatable {
    /// Where it is mounted.
    public let point: String
    /// Its kind, such as `btrfs`.
    public let kind: String
    /// What is mounted, such as `/dev/loop3`.
    public let source: String
    /// The file system's numbers, such as `7:3`; of its own making where it is on no one disk.
    let number: String

    /// The topmost mount at a path; nil when nothing is mounted there.
    ///
    /// Blocks.
    public static func at(_ point: String) throws(SystemCallError) -> Mount? {
        try all().last { $0.point.hasSameBytes(as: point) }
    }

    /// Everything mounted, later mounts last.
    ///
    /// Blocks.
    public static func all() throws(SystemCallError) -> [Mount] { parse(try Files.text("/proc/self/mountinfo") ?? "") }

    /// Reads the text of a mountinfo file.
    static func parse(_ text: String) -> [Mount] {
        text.byteLines.compactMap { line in
            let fields = line.parts(at: " ", omittingEmpty: true)
            guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count > dash + 2 else { return nil }
            return Mount(
                point: unescaped(fields[4]), kind: String(fields[dash + 1]), source: unescaped(fields[dash + 2]),
                number: String(fields[2]))
        }
    }

    /// The numbers of the disk that it lies on; nil when it lies on none.
    ///
    /// btrfs has numbers of its own, and names a disk.
    public func blockDevice() throws(SystemCallError) -> String? {
        if !number.hasFirstBytes("0:") { return number }
        return source.hasFirstBytes("/dev/") ? try FileStatus.of(source, followingLink: true)?.blockDevice : nil
    }

    /// The file behind a loop device; nil when it is none, or is not attached.
    ///
    /// Blocks.
    public static func backingFile(of device: String) throws(SystemCallError) -> String? {
        try Files.text("/sys/block/\(Files.name(of: device))/loop/backing_file")
            .map { String($0.prefix { $0 != "\n" }) }
    }

    /// Space, tab, newline and backslash stand as three octal digits behind a backslash.
    private static func unescaped(_ field: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
