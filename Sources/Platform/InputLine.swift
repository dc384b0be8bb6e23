internal import Glibc

/// What a person types, or another program writes, on standard input.
public enum InputLine {
    /// The next line without its end, at most 4096 bytes of it; nil when nothing more comes.
    ///
    /// Blocks. No byte beyond the line's end is taken, so that a program started after may read on.
    public static func read() -> [UInt8]? {
        guard var byte = byte() else { return nil }
        var line: [UInt8] = []
        while byte != UInt8(ascii: "\n"), line.count < 4096 {
            line.append(byte)
            guard let next = self.byte() else { break }
            byte = next
        }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return line
    }

    /// All that comes, to its end; nil when that is longer.
    ///
    /// Blocks.
    public static func readAll(limit: Int) throws(SystemCallError) -> [UInt8]? {
        // Not /dev/stdin, which cannot be opened anew when it is a socket or another user's.
        let input = Descriptor(owning: fcntl(0, F_DUPFD_CLOEXEC, 3))
        return try input.readAll(limit: limit, path: "standard input")
    }

    /// The next byte; nil when nothing more comes.
    ///
    /// Blocks.
    public static func byte() -> UInt8? {
        var byte: UInt8 = 0
        return Glibc.read(0, &byte, 1) == 1 ? byte : nil
    }
}
