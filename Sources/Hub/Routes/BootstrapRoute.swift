internal import Database

/// `GET /bootstrap/ID/stub.sh` and `/bootstrap/ID/config.json`: what a fresh host fetches before it has anything.
///
/// Both are open to whoever reaches the hub, since a host fetches them with plain curl. Neither holds a secret: the
/// stub gets the token from elsewhere, and a config with a literal secret is refused when it is added.
struct BootstrapRoute: Sendable {
    let store: HubStore
    let listening: ListenAddress

    func answer(_ request: HTTPRequest, host name: String, file: String) throws(DatabaseError) -> HTTPResponse {
        guard file == "stub.sh" || file == "config.json" else { return .notFound }
        guard request.method == "GET" || request.method == "HEAD" else { return .notAllowed("GET, HEAD") }
        guard let id = try? HostID(name), let record = try store.record(of: id) else { return .notFound }
        if file == "stub.sh" {
            let stub = PinnedStub(
                host: id, config: record.config, hub: HubURL.seen(by: request, listening: listening),
                binaries: try store.newestBinaries())
            return text(stub.script, "text/x-shellscript; charset=utf-8")
        }
        return record.config.map { text($0, "application/json") } ?? .notFound
    }

    private func text(_ bytes: [UInt8], _ type: String) -> HTTPResponse {
        HTTPResponse(200, [("Content-Type", type), ("Cache-Control", "no-store")], .bytes(bytes))
    }
}
