internal import Database
internal import Digests

/// `GET /bootstrap/ID/stub.sh` and `/bootstrap/ID/config.json`, also with `.minisig`: what a fresh host fetches before it has anything.
///
/// The stub is open to whoever reaches the hub, and holds no secret; who asks for it with a join token gets one that
/// brings the host its token. The config is the host's alone.
struct BootstrapRoute: Sendable {
    let store: HubStore
    let proof: HostProof
    let audit: AuditLog
    let listening: ListenAddress
    /// What the stub gives to hosts as `BOOTSTRAP_CONFIG_KEYS`.
    let keys: String?

    func answer(_ request: HTTPRequest, host name: String, file: String) throws(DatabaseError) -> HTTPResponse {
        guard ["stub.sh", "config.json", "config.json.minisig"].contains(file) else { return .notFound }
        guard request.method == "GET" || request.method == "HEAD" else { return .notAllowed("GET, HEAD") }
        if file != "stub.sh", let refusal = try proof.refusal(request, host: name) {
            return refusal
        }
        guard let id = try? HostID(name), let record = try store.record(of: id) else { return .notFound }
        if file == "config.json" {
            guard let config = record.config else { return .notFound }
            // A host that looks often has it already, which is no act to keep.
            let tag = "\"sha256-\(Digest.of(config).hex)\""
            if request.has(tag) == true { return HTTPResponse(304, [("ETag", tag), ("Cache-Control", "no-store")]) }
            audit.note(.configFetched, by: "host \(name)", name, from: request.client?.text)
            return text(config, "application/json").adding("ETag", tag)
        }
        if file == "config.json.minisig" { return record.signature.map { text($0, "text/plain") } ?? .notFound }
        let given: BearerToken?
        switch try joined(request, id) {
        case .success(let token): given = token
        case .failure(let refusal): return refusal.response
        }
        let stub = PinnedStub(
            host: id, config: record.config, hub: HubURL.seen(by: request, listening: listening),
            binaries: try store.newestBinaries(), keys: keys, token: given)
        return text(stub.script, "text/x-shellscript; charset=utf-8")
    }

    private struct Refusal: Error {  // not told: it is an answer.
        let response: HTTPResponse
    }

    /// What a join token is exchanged for; nothing is without one.
    private func joined(_ request: HTTPRequest, _ id: HostID) throws(DatabaseError) -> Result<BearerToken?, Refusal> {
        guard request.method == "GET", request.headers["authorization"] != nil else { return .success(nil) }
        if let joinToken = request.bearerToken.flatMap({ BearerToken($0) }),
            let token = try store.exchange(joinToken, at: id)
        {
            audit.note(.hostJoined, by: "host \(id.name)", id.name, from: request.client?.text)
            return .success(token)
        }
        audit.note(.joinRefused, by: "stranger", id.name, from: request.client?.text)
        let refusal = HTTPResponse.refusal(
            401, "unauthorized", "this join token was used, is too old, or is another host's: join-command makes one")
        return .failure(Refusal(response: refusal.adding("WWW-Authenticate", "Bearer")))
    }

    private func text(_ bytes: [UInt8], _ type: String) -> HTTPResponse {
        HTTPResponse(200, [("Content-Type", type), ("Cache-Control", "no-store")], .bytes(bytes))
    }
}
