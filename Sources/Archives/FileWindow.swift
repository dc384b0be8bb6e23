internal import Glibc
import Platform

/// A piece of a file in memory, read anew when other bytes are asked for.
///
/// One thread.
final class FileWindow {
    private let file: Descriptor
    private let path: String
    let size: Int64
    // The longest of what is asked for: three texts of 64 KiB each.
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    private var start: Int64 = 0
    private var count = 0

    init(_ path: String) throws(SystemCallError) {
        self.path = path
        file = try Descriptor.open(path, O_RDONLY | O_NOFOLLOW)
        size = try FileStatus.of(file, path: path).size
    }

    deinit { buffer.deallocate() }

    /// So many bytes, valid until the next call; nil when the file has not as many there.
    ///
    /// Blocks.
    func bytes(_ wanted: Int, at offset: Int64) throws(SystemCallError) -> UnsafeRawBufferPointer? {
        guard offset >= 0, wanted <= buffer.count, offset <= size - Int64(wanted) else { return nil }
        if offset < start || offset + Int64(wanted) > start + Int64(count) {
            (start, count) = (offset, 0)
            while count < wanted {
                let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
                let more = try file.read(into: rest, count: rest.count, at: start + Int64(count), path: path)
                guard more > 0 else { return nil }
                count += more
            }
        }
        let first = Int(offset - start)
        return UnsafeRawBufferPointer(rebasing: buffer[first..<first + wanted])
    }
}
