/// Reads a growing file from an offset on through one buffer.
///
/// One thread, one owner.
final class FileInput {
    private let file: GrowingFile
    private let buffer: UnsafeMutableRawBufferPointer
    private var used: Range<Int> = 0..<0
    /// Where the next byte to be consumed lies.
    private(set) var offset: Int64

    init(_ file: GrowingFile, at offset: Int64 = 0, size: Int = 1 << 17) {
        self.file = file
        self.offset = offset
        buffer = .allocate(byteCount: size, alignment: 64)
    }

    deinit { buffer.deallocate() }

    /// What was read and not consumed; valid until the next `fill`.
    var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[used]) }

    /// Makes sure that there is something to consume; false at the end.
    func fill() throws(DecompressionError) -> Bool {
        if !used.isEmpty { return true }
        used = 0..<(try file.read(into: buffer, at: offset))
        return !used.isEmpty
    }

    /// So many of the bytes of `rest` are done with.
    func consume(_ count: Int) {
        used = (used.lowerBound + count)..<used.upperBound
        offset += Int64(count)
    }

    /// Reads exactly so many bytes, which are few.
    func bytes(_ count: Int, of what: String) throws(DecompressionError) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            guard try fill() else { throw .damaged("it is cut off in \(what)") }
            let part = rest.prefix(count - bytes.count)
            bytes += part
            consume(part.count)
        }
        return bytes
    }
}
