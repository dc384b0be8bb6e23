internal import Glibc
internal import JSON
internal import Platform

/// The files beside a bundle's content, read one operation and one hash at a time.
enum DeltaMetadata {
    private static let largest = 256 << 20

    static func manifest(_ path: String) throws(DeltaError) -> DeltaManifest {
        try read(path) { (reader) throws(JSONError) in try DeltaManifest.Wire(json: reader.node()) }
            .checked()
    }

    static func operations(_ path: String) throws(DeltaError) -> [DeltaOperation.Wire] {
        try read(path) { (reader) throws(JSONError) in
            var operations: [DeltaOperation.Wire] = []
            try find("operations", &reader) { (reader) throws(JSONError) in
                try reader.beginArray()
                while try reader.nextElement() { operations.append(try DeltaOperation.Wire(json: reader.node())) }
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
                while let path = try reader.nextName() { hashes[ByteKey(path)] = try reader.string() }
            }
            return hashes
        }
    }

    /// Reads the one member of an object that must be there, and passes over the others.
    private static func find(
        _ wanted: String, _ reader: inout JSONReader, _ body: (inout JSONReader) throws(JSONError) -> Void
    ) throws(JSONError) {
        var isThere = false
        try reader.beginObject()
        while let name = try reader.nextName() {
            if name == wanted {
                isThere = true
                try body(&reader)
            } else {
                try reader.skip()
            }
        }
        if !isThere { throw reader.mismatch(.missing, of: wanted) }
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
            reader.allow(largest)
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
