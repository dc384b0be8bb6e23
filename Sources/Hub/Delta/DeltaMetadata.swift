internal import Glibc
internal import JSON
internal import Platform

/// The files beside a bundle's content, read one operation and one hash at a time.
enum DeltaMetadata {
    private static let largest = 256 << 20
    /// One operation has less, with four paths of the greatest length all of whose bytes are escaped, and so has a hash.
    private static let largestPart = 1 << 17
    /// The whole manifest has less, and so have together all members that are passed over.
    private static let largestRest = 1 << 20

    static func manifest(_ path: String) throws(DeltaError) -> DeltaManifest {
        try read(path) { (reader) throws(JSONError) in
            allow(largestRest, &reader)
            return try DeltaManifest.Wire(json: reader.node())
        }.checked()
    }

    static func operations(_ path: String) throws(DeltaError) -> [DeltaOperation.Wire] {
        try read(path) { (reader) throws(JSONError) in
            var operations: [DeltaOperation.Wire] = []
            try find("operations", &reader) { (reader) throws(JSONError) in
                try reader.beginArray()
                while try reader.nextElement() {
                    guard operations.count < DeltaBundle.mostEntries else { throw reader.mismatch(.invalid) }
                    operations.append(try DeltaOperation.Wire(json: reader.node()))
                    allow(largestPart, &reader)
                }
            }
            return operations
        }
    }

    /// The hashes of files by path.
    static func hashes(_ path: String) throws(DeltaError) -> [ByteKey: String] {
        try read(path) { (reader) throws(JSONError) in
            var hashes: [ByteKey: String] = [:]
            try find("file_hashes", &reader) { (reader) throws(JSONError) in
                try reader.beginObject()
                while let path = try reader.nextName() {
                    guard hashes.count < DeltaBundle.mostEntries else { throw reader.mismatch(.invalid) }
                    hashes[ByteKey(path)] = try reader.string()
                    allow(largestPart, &reader)
                }
            }
            return hashes
        }
    }

    /// Reads the one member of an object that must be there, and passes over the others.
    private static func find(
        _ wanted: String, _ reader: inout JSONReader, _ body: (inout JSONReader) throws(JSONError) -> Void
    ) throws(JSONError) {
        var isThere = false
        var left = largestRest
        allow(left, &reader)
        try reader.beginObject()
        while let name = try reader.nextName() {
            let start = reader.offset
            if name == wanted {
                isThere = true
                allow(largestPart, &reader)
                try body(&reader)
            } else {
                try reader.skip()
                left -= reader.offset - start + name.utf8.count
            }
            allow(left, &reader)
        }
        if !isThere { throw reader.mismatch(.missing, of: wanted) }
    }

    /// Allows so much more, and never more than the largest file has.
    private static func allow(_ count: Int, _ reader: inout JSONReader) {
        reader.allow(max(0, min(count, largest - reader.offset)))
    }

    private static func read<Value>(
        _ path: String, _ body: (inout JSONReader) throws(JSONError) -> Value
    ) throws(DeltaError) -> Value {
        let name = path.parts(at: "/").suffix(2).joined(separator: "/")
        var reader: JSONReader
        do throws(SystemCallError) { reader = try JSONReader.file(path) } catch {
            if error.code == ENOENT { throw .refused("the bundle has no \(Files.name(of: path))") }
            throw DeltaError(error)
        }
        do throws(JSONError) {
            let value = try body(&reader)
            try reader.finish()
            return value
        } catch {
            if case .unreadable(let error) = error { throw DeltaError(error) }
            if let text = UnpairedSurrogate.firstText(in: (try? Files.read(path, limit: largest)) ?? []) {
                throw .refused("\(name) in the bundle has a name that is no UTF-8, \"\(text)\": rename the file")
            }
            throw .refused("\(name) in the bundle is not as it must be: \(error.explanation.summary)")
        }
    }
}
