internal import Database
internal import HostConfig
internal import Platform

/// `GET /api/v1/hosts/ID/secrets/NAME`: what the hub has for a host under a name, for who has that host's token.
struct SecretRoute: Sendable {
    let store: HubStore
    let folder: HubFolder
    let proof: HostProof
    let audit: AuditLog
    /// Told of every failure that is the hub's own.
    let onFailure: @Sendable (Explanation) -> Void

    func answer(_ request: HTTPRequest, host: String, secret name: String) throws(DatabaseError) -> HTTPResponse {
        guard request.method == "GET" else { return .notAllowed("GET") }
        if let refusal = try proof.refusal(request, host: host) { return refusal }
        guard let id = try? HostID(host), Secret.isHubName(name) else { return .notFound }
        switch try store.secret(named: name, for: id) {
        case .none: return .refusal(404, "no_secret", "the hub has no secret of this name for this host")
        case .several(let records):
            let owners = records.map(\.owner.text).joined(separator: ", ")
            return .refusal(409, "several_secrets", "the hub has it for each of: \(owners)")
        case .one(let record):
            let value: [UInt8]
            do throws(HubError) { value = try open(record) } catch {
                onFailure(error.explanation)
                return .refusal(503, "unavailable", "the hub cannot read its secrets now")
            }
            if try store.gave(record, to: id) {
                audit.note(.secretFetched, by: "host \(host)", record.title, from: request.client?.text)
            }
            return HTTPResponse(
                200, [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")], .bytes(value))
        }
    }

    private func open(_ record: SecretRecord) throws(HubError) -> [UInt8] {
        guard let key = try folder.secretsKey() else { throw .secret(.noKey(folder.secretsKeyFile)) }
        guard let value = record.value(by: key) else { throw .secret(.otherKey(folder.secretsKeyFile)) }
        return value
    }
}
