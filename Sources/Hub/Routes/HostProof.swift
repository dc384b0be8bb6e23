internal import Database

/// Looks whether who asks for a host's own things has that host's token.
struct HostProof: Sendable {
    /// What a host posts beneath `/api/v1/hosts/ID`: taken by its token, and no user's.
    static let posted: Set = ["status", "check-in"]

    /// What is a host's own beneath `/api/v1/hosts/ID`, to be sent or fetched by its token, and no user's.
    static func opens(_ path: [String]) -> Bool {
        (path.count == 5 && posted.contains(path[4])) || (path.count == 6 && path[4] == "secrets")
    }

    let store: HubStore
    let audit: AuditLog

    /// Why a request is not taken, told by its head alone; nil when the token is the host's.
    ///
    /// A report shows that the host has its token: what that takes the place of ends then.
    func refusal(
        _ head: HTTPRequest, host name: String, isReport: Bool = false
    ) throws(DatabaseError) -> HTTPResponse? {
        guard let token = head.bearerToken.flatMap({ BearerToken($0) }), let owner = try store.host(bearing: token)
        else {
            audit.note(.tokenRefused, by: "stranger", name, from: head.client?.text)
            return .refusal(401, "unauthorized", "send the host's token as Authorization: Bearer TOKEN")
                .adding("WWW-Authenticate", "Bearer")
        }
        guard owner.host == name else {
            audit.note(.tokenRefused, by: "host \(owner.host)", name, from: head.client?.text)
            return .refusal(403, "forbidden", "this token belongs to another host")
        }
        if isReport, owner.isAwaited { try store.sawReport(with: token) }
        return nil
    }
}
