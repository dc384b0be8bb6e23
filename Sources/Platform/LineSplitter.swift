/// Puts lines together from the pieces in which a file or pipe is read.
public struct LineSplitter: Sendable {
    private var rest: [UInt8] = []

    /// Begins with nothing.
    public init() {}

    /// The lines, without their ends, that a piece completes.
    public mutating func lines(_ piece: some Sequence<UInt8>) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for byte in piece {
            if byte == UInt8(ascii: "\n") {
                lines.append(rest)
                rest.removeAll(keepingCapacity: true)
            } else {
                rest.append(byte)
            }
        }
        return lines
    }
}
