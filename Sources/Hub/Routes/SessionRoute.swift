internal import Database
internal import Digests
internal import JSON
internal import Platform

/// `/api/v1/session`: who asks (GET), log-in (POST), log-out (DELETE).
struct SessionRoute: Sendable {
    let store: HubStore
    let access: Access
    let audit: AuditLog
    let verifier: PasswordVerifier
    let onFailure: @Sendable (Explanation) -> Void
    private let throttle = LogInThrottle()

    init(
        store: HubStore, access: Access, audit: AuditLog, verifier: PasswordVerifier,
        onFailure: @escaping @Sendable (Explanation) -> Void
    ) {
        (self.store, self.access, self.audit, self.verifier) = (store, access, audit, verifier)
        self.onFailure = onFailure
    }

    /// Why a log-in's body is not read: whoever sends one is a stranger.
    func refusal(_ head: HTTPRequest) -> HTTPResponse? {
        guard head.method == "POST" else { return nil }
        let length = head.headers["content-length"].flatMap { Int($0) }
        return length.map { $0 <= 8192 } == true
            ? nil : .refusal(413, "too_large", "a log-in has a length, of 8 KiB at most")
    }

    func answer(_ request: HTTPRequest) throws(DatabaseError) -> HTTPResponse {
        switch request.method {
        case "GET", "HEAD":
            guard let requester = try access.requester(request) else { return try access.refusalOfStrangers() }
            return Self.description(requester)
        case "POST": return try logIn(request)
        case "DELETE": return try logOut(request)
        default: return .notAllowed("DELETE, GET, HEAD, POST")
        }
    }

    private static func description(_ requester: Requester) -> HTTPResponse {
        .json(
            .object([
                "user": .string(requester.name), "role": .string(requester.role.rawValue),
                "by": .string(requester.way.rawValue),
            ]))
    }

    // MARK: Log-in

    private func logIn(_ request: HTTPRequest) throws(DatabaseError) -> HTTPResponse {
        let body = request.body.flatMap { try? JSONNode($0) }
        guard let name = body?["name"]?.text, let password = body?["password"]?.text, name.utf8.count <= 128,
            password.utf8.count <= Hub.passwordLengths.upperBound
        else { return .refusal(400, "bad_log_in", "send {\"name\": …, \"password\": …} as JSON") }
        // What can be nobody's name is not asked for: a database may refuse its bytes.
        let address = request.client, user = try (try? UserName(name)) == nil ? nil : store.user(named: name)
        // People type passwords into the wrong field: what is no user's name is not written down.
        let subject = user?.name ?? "unknown name"
        if let wait = throttle.wait(name: name, address: address?.network ?? []) {
            audit.note(.logInRefused, by: "stranger", subject, from: address?.text)
            return .refusal(429, "too_many_attempts", "too many attempts: try again later")
                .adding("Retry-After", "\(wait.components.seconds + 1)")
        }
        // The same work, and the same answer, for a name that nobody has.
        let hash = user?.password ?? .ofNobody()
        let isSecure = request.isSecure
        return HTTPResponse(
            200, [],
            .deferred { [self] answer in
                let isTaken = verifier.compare(Array(password.utf8), with: hash) { isRight in
                    answer(isRight ? begin(name, hash, address, isSecure) : refuse(subject, address))
                }
                if !isTaken {
                    answer(
                        .refusal(503, "busy", "others are about to log in; try again").adding("Retry-After", "2"))
                }
            })
    }

    private func begin(
        _ name: String, _ hash: PasswordHash, _ address: PeerAddress?, _ isSecure: Bool
    ) -> HTTPResponse {
        throttle.succeeded(name: name, address: address?.network ?? [])
        do throws(DatabaseError) {
            // Who was removed meanwhile does not get in.
            guard let key = try store.beginSession(of: name, by: hash, access.sessions),
                let requester = try store.session(key, access.sessions)
            else { return refuse(name, address) }
            audit.note(.loggedIn, by: name, name, from: address?.text)
            return Self.description(requester).adding("Set-Cookie", SessionCookie.header(key, isSecure: isSecure))
        } catch { return .unavailable(error, onFailure) }
    }

    private func refuse(_ subject: String, _ address: PeerAddress?) -> HTTPResponse {
        audit.note(.logInRefused, by: "stranger", subject, from: address?.text)
        return .refusal(401, "wrong_log_in", "the name or the password is wrong").adding("WWW-Authenticate", "Bearer")
    }

    private func logOut(_ request: HTTPRequest) throws(DatabaseError) -> HTTPResponse {
        if let key = SessionCookie.key(in: request) {
            let requester = try store.session(key, access.sessions)
            try store.endSession(key)
            if let requester { audit.note(.loggedOut, by: requester.name, requester.name, from: request.client?.text) }
        }
        let isSecure = request.isSecure
        return HTTPResponse(
            204, [("Cache-Control", "no-store"), ("Set-Cookie", SessionCookie.header(nil, isSecure: isSecure))])
    }
}
