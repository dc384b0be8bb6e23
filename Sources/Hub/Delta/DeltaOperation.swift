internal import Digests
internal import JSON
internal import Platform

/// One change of a workspace.
struct DeltaOperation {
    enum Kind: String {
        case created, updated, deleted, moved
    }

    let kind: Kind?
    /// Nil for what is skipped.
    let path: DeltaPath?
    /// Where a moved file comes from.
    let source: DeltaPath?
    /// The new content's file; nil when there is none in the bundle.
    let payload: String?

    /// As the clients write it.
    struct Wire: Decodable {
        let operation: String?
        let path: String?, relativePath: String?
        let sourcePath: String?, sourceRelativePath: String?
        let contentHash: String?

        enum CodingKeys: String, CodingKey {
            case operation, path
            case relativePath = "relative_path"
            case sourcePath = "source_path"
            case sourceRelativePath = "source_relative_path"
            case contentHash = "content_hash"
        }

        func checked(
            payloads: String, hashes: [ByteKey: String]
        ) throws(DeltaError) -> DeltaOperation {
            guard let text = Self.first(relativePath, path) else {
                return DeltaOperation(kind: nil, path: nil, source: nil, payload: nil)
            }
            guard let kind = operation.flatMap(Kind.init(rawValue:)) else {
                throw .refused("unknown operation \"\(operation ?? "")\" of \"\(text)\"")
            }
            let path = try DeltaPath(text)
            let from = kind == .moved ? Self.first(sourceRelativePath, sourcePath) : nil
            let source = try from.map { (text) throws(DeltaError) in try DeltaPath(text) }
            if kind == .moved, source == nil { throw .refused("\"\(path)\" is moved from nowhere") }
            let payload =
                kind == .deleted ? nil : try self.payload("\(payloads)/\(kind.rawValue)/\(path)", path, hashes)
            if payload == nil, kind == .created || kind == .updated {
                throw .refused("the bundle has no content of \"\(path)\", which was \(kind.rawValue)")
            }
            return DeltaOperation(kind: kind, path: path, source: source, payload: payload)
        }

        private static func first(_ texts: String?...) -> String? {
            texts.compactMap { $0 }.first { !$0.isEmpty }
        }

        private func payload(
            _ file: String, _ path: DeltaPath, _ hashes: [ByteKey: String]
        ) throws(DeltaError) -> String? {
            guard let status = try onDisk({ () throws(SystemCallError) in try FileStatus.of(file) }) else { return nil }
            guard status.kind == .file else { throw .refused("the content of \"\(path)\" is no file") }
            let wanted = [contentHash, hashes[ByteKey(path.text)]].compactMap { $0 }.filter { $0.hasPrefix("sha1:") }
            guard !wanted.isEmpty else { return file }
            let found = try onDisk { () throws(SystemCallError) in "sha1:\(try FileDigest.of(file, .sha1).hex)" }
            for hash in wanted where hash.lowercased() != found {
                throw .refused("the content of \"\(path)\" has the hash \(found), not \(hash)")
            }
            return file
        }
    }
}
