import Archives
internal import Glibc
import Platform

/// What a tree holds, in the format of mtree(5): one line for each file, folder and link, in no order.
///
/// It lies on the disk, never in memory as a whole: a bundle may have a million files.
struct TreeListing: Sendable, Equatable {
    let path: String

    /// Opens it, to look at one entry after the other.
    func reader() throws(SystemCallError) -> Reader { try Reader(path) }

    /// Copies it, with other permission bits for some of its files, and brings the copy to the disk.
    ///
    /// `dropping` says of how many entries of a path, from the first on, there shall be none. Blocks. Returns how many
    /// entries there are, and the bytes of all files.
    @discardableResult
    func copy(
        to destination: String, modes: [PathBytes: UInt32] = [:], dropping: [PathBytes: Int] = [:]
    ) throws(SystemCallError) -> (count: Int, bytes: Int64) {
        var reader = try reader()
        let writer = try TreeListingWriter(destination)
        var bytes: Int64 = 0, dropping = dropping, dropped = 0
        while let entry = try reader.next() {
            if !dropping.isEmpty, let left = dropping[entry.path], left > 0 {
                dropping[entry.path] = left - 1
                dropped += 1
                continue
            }
            if case .file(let size, _) = entry.kind { bytes += size }
            if !modes.isEmpty, let mode = modes[entry.path] {
                try writer.add([entry.with(mode: mode)])
            } else {
                try writer.add(line: reader.line)
            }
        }
        // Cut short by the disk, it would be called whole from here on.
        try reader.requireWhole()
        try writer.finish()
        return (reader.count - dropped, bytes)
    }

    /// Reads a listing's entries.
    struct Reader: ~Copyable {
        private let file: Descriptor
        private let path: String
        private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
        private var unread = 0..<0
        private var offset: Int64 = 0
        private var last = 0..<0
        private(set) var count = 0
        /// A line made no sense; what follows it is not read.
        private(set) var isDamaged = false

        init(_ path: String) throws(SystemCallError) {
            self.init(try Descriptor.open(path, O_RDONLY | O_NOFOLLOW), path)
        }

        private init(_ file: consuming Descriptor, _ path: String) {
            self.file = file
            self.path = path
        }

        deinit { buffer.deallocate() }

        /// The line of the entry that was read last, without its end; good until the next is read.
        var line: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[last]) }

        /// The next entry; nil at the end.
        ///
        /// Blocks.
        mutating func next() throws(SystemCallError) -> UnpackedEntry? {
            while !isDamaged, let line = try nextLine() {
                if line.first == UInt8(ascii: "#") { continue }
                guard let entry = MtreeLine.read(line) else {
                    isDamaged = true
                    return nil
                }
                count += 1
                return entry
            }
            // What is left has no end: it was cut, or is no line.
            isDamaged = isDamaged || !unread.isEmpty
            return nil
        }

        /// For who goes on by what was read: the disk gave it back cut short, or changed.
        func requireWhole() throws(SystemCallError) {
            if isDamaged { throw SystemCallError("read", path, code: EIO) }
        }

        private mutating func nextLine() throws(SystemCallError) -> UnsafeRawBufferPointer? {
            while true {
                let rest = UnsafeRawBufferPointer(rebasing: buffer[unread])
                if let start = rest.baseAddress, let found = memchr(start, Int32(UInt8(ascii: "\n")), rest.count) {
                    let end = UnsafeRawPointer(found) - start
                    last = unread.lowerBound..<unread.lowerBound + end
                    unread = last.upperBound + 1..<unread.upperBound
                    return line
                }
                // A path has 4 KiB at most, each byte four when it is escaped: a longer line is none.
                guard rest.count <= 1 << 16 else { return nil }
                buffer.copyMemory(from: rest)
                let free = UnsafeMutableRawBufferPointer(rebasing: buffer[rest.count...])
                let more = try file.read(into: free, count: free.count, at: offset, path: path)
                unread = 0..<rest.count + more
                offset += Int64(more)
                guard more > 0 else { return nil }
            }
        }
    }
}
