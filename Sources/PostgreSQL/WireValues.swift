internal import CPostgreSQL
internal import Database

/// A statement's values in PostgreSQL's binary formats, in one piece of memory.
///
/// The formats are those of the types' send and receive functions: numbers in network order, text and bytes as they
/// are (postgresql.org/docs/current/protocol-overview.html, 55.1.3).
struct WireValues {
    private(set) var types: [Oid] = []
    private var bytes: [UInt8] = []
    private var ranges: [Range<Int>?] = []

    init(_ values: [DatabaseValue]) {
        for value in values { append(value) }
    }

    private mutating func append(_ value: DatabaseValue) {
        let start = bytes.count
        switch value {
        case .null:
            types.append(0)
            ranges.append(nil)
            return
        case .integer(let number):
            types.append(WireType.int8)
            withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
        case .text(let text):
            types.append(WireType.text)
            // PostgreSQL's text cannot hold NUL; what a stranger sends may not make a statement fail.
            bytes.append(
                contentsOf: text.utf8.contains(0)
                    ? Array(text.replacing("\0", with: "\u{fffd}").utf8) : Array(text.utf8))
        case .blob(let blob):
            types.append(WireType.bytea)
            bytes.append(contentsOf: blob)
        }
        ranges.append(start..<bytes.count)
    }

    /// Gives libpq what it takes: addresses, lengths, and that all is binary.
    func withPointers<Value>(
        _ body: (_ values: [UnsafePointer<CChar>?], _ lengths: [Int32], _ formats: [Int32]) -> Value
    ) -> Value {
        // Never empty: an empty array has no address, which would mean NULL.
        (bytes + [0]).withUnsafeBytes { buffer in
            let start = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            return body(
                ranges.map { range in range.flatMap { range in start.map { $0 + range.lowerBound } } },
                ranges.map { Int32(clamping: $0?.count ?? 0) }, Array(repeating: 1, count: ranges.count))
        }
    }
}

/// The types that cross, by their numbers in `pg_type`, which never change.
enum WireType {
    static let bool: Oid = 16, bytea: Oid = 17, int8: Oid = 20, int2: Oid = 21, int4: Oid = 23, text: Oid = 25
}

/// Copies an answer out of libpq's memory.
func copyRows(_ result: OpaquePointer) -> [DatabaseRow] {
    (0..<PQntuples(result)).map { row in
        DatabaseRow((0..<PQnfields(result)).map { column in value(result, row, column) })
    }
}

private func value(_ result: OpaquePointer, _ row: Int32, _ column: Int32) -> DatabaseValue {
    guard PQgetisnull(result, row, column) == 0 else { return .null }
    let bytes = UnsafeRawBufferPointer(
        start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
    switch PQftype(result, column) {
    case WireType.bytea: return .blob(Array(bytes))
    case WireType.int2, WireType.int4, WireType.int8, WireType.bool:
        // The first byte bears the sign.
        let start: Int64 = bytes.first.map { Int64(Int8(bitPattern: $0)) } ?? 0
        return .integer(bytes.dropFirst().reduce(start) { $0 << 8 | Int64($1) })
    default: return .text(String(decoding: bytes, as: UTF8.self))
    }
}
