/// The file's bytes, and which line and column an offset is.
struct SourceText {
    let file: String
    let bytes: [UInt8]
    private let lineStarts: [Int]

    init(_ bytes: [UInt8], file: String) {
        self.file = file
        self.bytes = bytes
        lineStarts = [0] + bytes.indices.lazy.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
    }

    /// Line and column from 1; columns count Unicode scalars, so that an editor's cursor agrees.
    func position(of offset: Int) -> (line: Int, column: Int) {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        let before = bytes[lineStarts[low]..<min(offset, bytes.count)]
        return (low + 1, before.count { $0 & 0xc0 != 0x80 } + 1)
    }
}
