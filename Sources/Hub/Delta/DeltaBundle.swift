internal import Archives
internal import Compression
internal import Digests
internal import Glibc
internal import JSON
internal import Platform
internal import Synchronization

/// An uploaded bundle, unpacked into a folder of its own, its operations read and every hash checked.
struct DeltaBundle {
    struct Manifest: Decodable {
        let bundleID: String
        let sequence: Int64?

        enum CodingKeys: String, CodingKey {
            case bundleID = "bundle_id"
            case sequence = "sequence_number"
        }
    }

    let manifest: Manifest
    let operations: [DeltaOperation]

    /// Unpacks and checks all of it.
    ///
    /// Blocks. `folder` is empty, and the caller's to remove.
    static func read(_ file: String, into folder: String, most bytes: Int64) throws(DeltaError) -> DeltaBundle {
        try unpack(file, into: folder, most: bytes)
        let top = try top(in: folder)
        let manifest = try DeltaMetadata.manifest("\(top)/manifest.json")
        let wire = try DeltaMetadata.operations("\(top)/metadata/operations.json")
        let hashes = try DeltaMetadata.hashes("\(top)/metadata/hashes.json")
        var operations: [DeltaOperation] = []
        for operation in wire {
            operations.append(try operation.checked(payloads: "\(top)/files", hashes: hashes))
        }
        return DeltaBundle(manifest: manifest, operations: operations)
    }

    private static func unpack(_ file: String, into folder: String, most bytes: Int64) throws(DeltaError) {
        let link = Mutex<String?>(nil)
        do throws(ArchiveError) {
            let input: GrowingFile
            do throws(SystemCallError) { input = try GrowingFile.complete(file) } catch { throw .disk(error) }
            var limits = Unpacker.Limits()
            limits.bytes = bytes
            limits.entries = 200_000
            try Unpacker(input, name: "the bundle", into: folder, limits: limits).run {
                (entries) throws(SystemCallError) in
                for entry in entries {
                    if case .link = entry.kind { link.withLock { $0 = entry.path.shown } }
                }
            }
        } catch {
            if case .disk(let error) = error { throw DeltaError(error) }
            throw .refused(error.explanation.summary)
        }
        if let link = link.withLock({ $0 }) { throw .refused("the bundle holds a link, \"\(link)\"") }
    }

    /// Everything lies in one folder, or at the top itself.
    private static func top(in folder: String) throws(DeltaError) -> String {
        if try onDisk({ () throws(SystemCallError) in try FileStatus.of("\(folder)/manifest.json") }) != nil {
            return folder
        }
        let names = try onDisk { () throws(SystemCallError) in try Folders.names(in: folder) }
        guard names.count == 1 else { throw .refused("the bundle has no manifest.json") }
        return "\(folder)/\(names[0])"
    }
}

/// One change of a workspace.
struct DeltaOperation {
    enum Kind: String {
        case created, updated, deleted, moved
    }

    let kind: Kind?
    /// Beneath the workspace; empty for what is skipped.
    let path: String
    /// Where a moved file comes from.
    let source: String?
    /// The new content's file; nil when there is none in the bundle.
    let payload: String?

    var isSkipped: Bool { path.isEmpty }

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

        func checked(payloads: String, hashes: [ByteKey: String]) throws(DeltaError) -> DeltaOperation {
            guard let path = Self.first(relativePath, path) else {
                return DeltaOperation(kind: nil, path: "", source: nil, payload: nil)
            }
            guard let kind = operation.flatMap(Kind.init(rawValue:)) else {
                throw .refused("unknown operation \"\(operation ?? "")\" of \"\(path)\"")
            }
            try DeltaPath.check(path)
            let source = kind == .moved ? Self.first(sourceRelativePath, sourcePath) : nil
            if let source { try DeltaPath.check(source) }
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

        private func payload(_ file: String, _ path: String, _ hashes: [ByteKey: String]) throws(DeltaError) -> String?
        {
            guard let status = try onDisk({ () throws(SystemCallError) in try FileStatus.of(file) }) else { return nil }
            guard status.kind == .file else { throw .refused("the content of \"\(path)\" is no file") }
            let wanted = [contentHash, hashes[ByteKey(path)]].compactMap { $0 }.filter { $0.hasPrefix("sha1:") }
            guard !wanted.isEmpty else { return file }
            let found = try onDisk { () throws(SystemCallError) in "sha1:\(try FileDigest.of(file, .sha1).hex)" }
            for hash in wanted where hash.lowercased() != found {
                throw .refused("the content of \"\(path)\" has the hash \(found), not \(hash)")
            }
            return file
        }
    }
}

/// Paths beneath a workspace.
enum DeltaPath {
    /// Refuses what could leave it.
    static func check(_ path: String) throws(DeltaError) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard path.utf8.count <= 4000, !path.utf8.contains(0),
            parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." && $0.utf8.count <= 255 })
        else { throw .refused("\"\(path)\" is no path beneath the workspace") }
    }
}
