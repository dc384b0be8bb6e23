internal import Database
internal import Digests
internal import Glibc
internal import Platform

/// `GET /artifacts/…`: files below one folder, whole or in part.
///
/// Nothing outside the folder is ever opened, since the kernel refuses links and `..` on the way.
struct ArtifactRoute: Sendable {
    private let folder: OpenFile
    private let store: HubStore

    init(_ folder: HubFolder, store: HubStore) throws(SystemCallError) {
        try Folders.make(folder.artifacts)
        self.folder = OpenFile(try Descriptor.open(folder.artifacts, O_RDONLY | O_DIRECTORY))
        self.store = store
    }

    func answer(_ request: HTTPRequest, path: [String]) -> HTTPResponse {
        guard request.method == "GET" || request.method == "HEAD" else { return .notAllowed("GET, HEAD") }
        guard let file = open(path.joined(separator: "/")), file.status.kind == .file else { return .notFound }
        let tag = tag(path.joined(separator: "/"), file.status)
        let modified = HTTPDate.text(seconds: file.status.modified / 1_000_000_000)
        var headers = [
            (name: "ETag", value: tag), ("Last-Modified", modified), ("Accept-Ranges", "bytes"),
            ("Cache-Control", "no-cache"),
        ]
        if isUnchanged(request, tag: tag, modified: modified) { return HTTPResponse(304, headers) }
        headers.append(("Content-Type", MediaType.of(path.last ?? "")))
        switch range(request, tag: tag, modified: modified, size: file.status.size) {
        case .whole:
            return HTTPResponse(200, headers, .file(file.file, offset: 0, length: file.status.size))
        case .part(let offset, let length):
            headers.append(("Content-Range", "bytes \(offset)-\(offset + length - 1)/\(file.status.size)"))
            return HTTPResponse(206, headers, .file(file.file, offset: offset, length: length))
        case .unsatisfiable:
            return HTTPResponse.refusal(416, "range_not_satisfiable", "the file has \(file.status.size) bytes")
                .adding("Content-Range", "bytes */\(file.status.size)").adding("ETag", tag)
        }
    }

    private func open(_ path: String) -> (file: OpenFile, status: FileStatus)? {
        // A fifo must not hold the thread up, hence O_NONBLOCK; every refusal is the same "not found" to a stranger.
        guard let descriptor = try? folder.descriptor.openBeneath(path, O_RDONLY | O_NONBLOCK | O_NOCTTY) else {
            return nil
        }
        let file = OpenFile(descriptor)
        return (try? FileStatus.of(file.descriptor, path: path)).map { (file, $0) }
    }

    /// A strong tag: the digest while size and time are those recorded with it, else size and time themselves.
    ///
    /// A database that does not answer keeps no host from its bundles.
    private func tag(_ path: String, _ status: FileStatus) -> String {
        if let known = (try? store.artifact(at: path)) ?? nil, known.size == status.size,
            known.modified == status.modified
        {
            return "\"sha256-\(known.digest.hex)\""
        }
        return "\"\(String(status.size, radix: 16))-\(String(status.modified, radix: 16))\""
    }

    private func isUnchanged(_ request: HTTPRequest, tag: String, modified: String) -> Bool {
        // Ours are the only dates that a client can have, so equal text is enough.
        request.has(tag) ?? (request.headers["if-modified-since"] == modified)
    }

    /// If-Range with anything but what the file is now asks for the whole of it.
    private func range(_ request: HTTPRequest, tag: String, modified: String, size: Int64) -> ByteRange {
        guard request.method == "GET" else { return .whole }
        if let condition = request.headers["if-range"], condition != tag, condition != modified { return .whole }
        return .asked(request.headers["range"], size: size)
    }
}
