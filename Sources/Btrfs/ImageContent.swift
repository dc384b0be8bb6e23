internal import Glibc
public import Platform

/// What lies in a file that is to hold a file system.
///
/// It is read, never guessed from names.
public enum ImageContent: Sendable, Equatable {
    /// There is no such file, or it is empty or all zeros.
    case nothing
    /// A btrfs with this label and of this many bytes.
    case btrfs(label: String, bytes: Int64)
    /// Something else.
    case other

    /// Looks.
    ///
    /// The superblock is at 64 KiB; see the on-disk format in the btrfs documentation.
    ///
    /// Blocks. A sparse file's holes are skipped, not read.
    public static func of(_ path: String) throws(SystemCallError) -> ImageContent {
        guard let status = try FileStatus.of(path) else { return .nothing }
        guard status.kind == .file else { return .other }
        let file = try Descriptor.open(path, O_RDONLY | O_NOFOLLOW)
        let block = try piece(file, at: 0x10000, length: 4096)
        if block.count == 4096, block[0x40..<0x48].elementsEqual("_BHRfS_M".utf8) {
            let label = block[0x12b..<0x22b].prefix { $0 != 0 }
            let bytes = block[0x70..<0x78].reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) }
            return .btrfs(label: String(decoding: label, as: UTF8.self), bytes: bytes)
        }
        return try isAllZero(file, status.size, path) ? .nothing : .other
    }

    private static func piece(_ file: borrowing Descriptor, at offset: Int64, length: Int) throws(SystemCallError)
        -> [UInt8]
    {
        var buffer = [UInt8](repeating: 0, count: length)
        let count = pread(file.number, &buffer, length, off_t(offset))
        guard count >= 0 else { throw SystemCallError("pread", "image", code: errno) }
        return Array(buffer.prefix(count))
    }

    private static func isAllZero(_ file: borrowing Descriptor, _ size: Int64, _ path: String) throws(SystemCallError)
        -> Bool
    {
        // lseek(2): SEEK_DATA is 3, shown by the headers under _GNU_SOURCE only.
        var offset = Int64(lseek(file.number, 0, 3))
        while offset >= 0, offset < size {
            let bytes = try piece(file, at: offset, length: 1 << 16)
            if bytes.contains(where: { $0 != 0 }) { return false }
            offset = Int64(lseek(file.number, off_t(offset + Int64(max(bytes.count, 1))), 3))
        }
        return true
    }
}
