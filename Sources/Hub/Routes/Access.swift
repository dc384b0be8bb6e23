internal import Database
internal import Platform

/// Who asks, and who may read what.
struct Access: Sendable {
    let store: HubStore
    let proxy: TrustedProxy?
    var sessions = HubStore.SessionLimits()

    /// What a path asks of who reads it; nil for what is open, or has rules of its own.
    static func role(for path: [String]) -> UserRole? {
        switch path.first {
        case nil, "metrics": return .viewer
        case "api" where path.dropFirst().first == "v1":
            switch path.dropFirst(2).first {
            case "audit": return .operator
            case "hosts": return HostProof.opens(path) ? nil : .viewer
            case "events", "rollouts": return .viewer
            default: return nil
            }
        default: return nil
        }
    }

    /// Why a request for a path is not answered; nil when it is.
    func refusal(_ request: HTTPRequest, _ path: [String]) throws(DatabaseError) -> HTTPResponse? {
        guard let role = Self.role(for: path) else { return nil }
        guard let requester = try requester(request) else { return try refusalOfStrangers() }
        if requester.role.includes(role) { return nil }
        return .refusal(
            403, "forbidden", "this is for operators: bootstrap-hub add-user NAME --role operator --data DIR")
    }

    /// Somebody who may not say who asks does; told by the head, for any path.
    func forgery(_ head: HTTPRequest) -> HTTPResponse? {
        guard let proxy, head.headers[proxy.header] != nil, head.peer != proxy.address else { return nil }
        return .refusal(403, "forged_name", "who asks is told by the trusted proxy alone")
    }

    /// Nil when it is not known, and there is something to know.
    func requester(_ request: HTTPRequest) throws(DatabaseError) -> Requester? {
        if let proxy, request.peer == proxy.address, let name = request.headers[proxy.header] {
            // Whom it lets in may look; who is more than that is a user here, too.
            guard let name = try? UserName(name) else { return nil }
            return Requester(name: name.text, role: try store.user(named: name.text)?.role ?? .viewer, way: .proxy)
        }
        if let token = request.bearerToken.flatMap({ BearerToken($0) }), let user = try store.user(bearing: token) {
            return user
        }
        if let key = SessionCookie.key(in: request), let user = try store.session(key, sessions) { return user }
        return try isOpen(to: request) ? .anybody : nil
    }

    /// Whether this may go on as it began, for streams: sessions end, users are removed.
    func watch(_ request: HTTPRequest) -> EventStream.Permission {
        { () throws(DatabaseError) in try self.requester(request)?.role.includes(.viewer) == true }
    }

    /// So that the first minute is easy: no users, and somebody on this machine, by no proxy.
    private func isOpen(to request: HTTPRequest) throws(DatabaseError) -> Bool {
        guard proxy == nil, request.isFromLoopback else { return false }
        return try !store.hasUsers()
    }

    func refusalOfStrangers() throws(DatabaseError) -> HTTPResponse {
        if proxy == nil, try !store.hasUsers() {
            return .refusal(
                403, "no_users",
                "without users, reading is for this machine alone: bootstrap-hub add-user NAME --role operator --data DIR"
            )
        }
        return .refusal(401, "log_in", "log in on the page, or send a user's token as Authorization: Bearer TOKEN")
            .adding("WWW-Authenticate", "Bearer")
    }
}
