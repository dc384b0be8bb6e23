import Glibc
import Platform

/// What elf(5) says of a 64-bit program, little-endian as all of ours are.
struct ELFFile {
    struct Segment {
        let kind: UInt32, flags: UInt32
        let offset: UInt64, size: UInt64
        var isWritable: Bool { flags & 2 != 0 }
        var isExecutable: Bool { flags & 1 != 0 }
    }

    /// PT_LOAD and so on.
    static let load: UInt32 = 1, dynamic: UInt32 = 2, interpreter: UInt32 = 3
    static let stack: UInt32 = 0x6474_e551, relro: UInt32 = 0x6474_e552

    let type: UInt16
    let segments: [Segment]
    /// Values by tag, such as DT_FLAGS.
    let dynamic: [UInt64: UInt64]

    init(_ path: String) throws {
        let file = try Descriptor.open(path, O_RDONLY)
        let head = try Self.read(file, path, 4096, at: 0)
        type = UInt16(Self.number(head, 16, 2))
        let table = Int(Self.number(head, 32, 8)), size = Int(Self.number(head, 54, 2))
        segments = (0..<Int(Self.number(head, 56, 2))).map { index in
            let at = table + index * size
            return Segment(
                kind: UInt32(Self.number(head, at, 4)), flags: UInt32(Self.number(head, at + 4, 4)),
                offset: Self.number(head, at + 8, 8), size: Self.number(head, at + 32, 8))
        }
        var found: [UInt64: UInt64] = [:]
        if let segment = segments.first(where: { $0.kind == Self.dynamic }) {
            let bytes = try Self.read(file, path, Int(segment.size), at: Int64(segment.offset))
            for at in stride(from: 0, to: bytes.count - 15, by: 16) {
                let tag = Self.number(bytes, at, 8)
                if tag == 0 { break }
                found[tag] = Self.number(bytes, at + 8, 8)
            }
        }
        dynamic = found
    }

    func first(_ kind: UInt32) -> Segment? { segments.first { $0.kind == kind } }

    private static func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt64 {
        bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func read(
        _ file: borrowing Descriptor, _ path: String, _ count: Int, at offset: Int64
    ) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let number = file.number
        let got = bytes.withUnsafeMutableBytes { pread(number, $0.baseAddress, count, off_t(offset)) }
        guard got == count else { throw SystemCallError("pread", path, code: errno) }
        return bytes
    }
}
