import JSON
import Platform

/// A manifest as it is written, its files read one at a time: it may name hundreds of thousands.
struct ManifestText: Sendable {
    private enum Source: Sendable {
        case bytes([UInt8])
        case file(String)
    }

    /// One file's line has less, with the longest path there is, and so has all the rest.
    private static let largestPart = 4 << 20

    private let source: Source
    /// What errors call it.
    let name: String

    init(_ bytes: [UInt8], name: String) {
        source = .bytes(bytes)
        self.name = name
    }

    /// One that is read from its file whenever it is needed.
    init(file path: String, name: String) {
        source = .file(path)
        self.name = name
    }

    /// Hands out the files in their order; the answer is all the rest of the manifest.
    ///
    /// Blocks.
    func read(_ body: (BundleManifest.File) throws(BundleError) -> Void) throws(BundleError) -> BundleManifest {
        try parse { (reader) throws(BundleError) in
            try body(try json { () throws(JSONError) in try BundleManifest.File(&reader) })
        }
    }

    /// All but the files, which are passed over: for a manifest that was read and checked before.
    ///
    /// Blocks.
    func head() throws(BundleError) -> BundleManifest {
        try parse { (reader) throws(BundleError) in try json { () throws(JSONError) in try reader.skip() } }
    }

    /// `file` reads one from where it begins.
    private func parse(
        file: (inout JSONReader) throws(BundleError) -> Void
    ) throws(BundleError) -> BundleManifest {
        var reader = try reader()
        var members: [JSONMember] = []
        var hasFiles = false
        reader.allow(Self.largestPart)
        try json { () throws(JSONError) in try reader.beginObject() }
        while let name = try json({ () throws(JSONError) in try reader.nextName() }) {
            if name == "files" {
                hasFiles = true
                try json { () throws(JSONError) in try reader.beginArray() }
                while try json({ () throws(JSONError) in try reader.nextElement() }) {
                    try file(&reader)
                    reader.allow(Self.largestPart)
                }
            } else {
                let value = try json { () throws(JSONError) in try reader.node() }
                members.append(JSONMember(name, at: value.offset, value))
            }
        }
        return try json { () throws(JSONError) in
            try reader.finish()
            guard hasFiles else { throw reader.mismatch(.missing, of: "files") }
            return try BundleManifest(BundleManifest.Draft(json: JSONNode(.object(members), at: 0)))
        }
    }

    private func reader() throws(BundleError) -> JSONReader {
        switch source {
        case .bytes(let bytes): return JSONReader(bytes)
        case .file(let path): return try onDisk { () throws(SystemCallError) in try JSONReader.file(path) }
        }
    }

    private func json<Value>(_ body: () throws(JSONError) -> Value) throws(BundleError) -> Value {
        do throws(JSONError) { return try body() } catch {
            if case .unreadable(let error) = error { throw .disk(error) }
            throw .manifest(path: name, reason: "is no manifest: \(error.explanation.summary)")
        }
    }
}
