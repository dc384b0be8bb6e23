import Database
import Digests
import JSON
import Platform
import Testing

@testable import Hub

/// Passwords and sessions.
@Suite(.postgreSQL) struct LogInTests {
    private static let password = "correct horse battery"
    private static let limits = HubStore.SessionLimits()

    @Test(arguments: TestDatabase.available)
    func `a log-in gives a cookie that reads until log-out, and the store holds neither it nor the password`(
        database: TestDatabase
    ) async throws {
        try await LiveHub.with(database) { hub in
            _ = try hub.host("h1")
            try hub.password("anna", Self.password, .operator)
            let reply = try await hub.logIn("anna", Self.password)
            #expect(reply.status == 200 && reply.json?["role"]?.text == "operator")
            let cookie = try #require(reply.headers["set-cookie"])
            #expect(
                try /hub_session=[0-9a-f]{16}\.[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict/.wholeMatch(in: cookie)
                    != nil)
            let session = ["-b", String(cookie.prefix { $0 != ";" })]
            #expect(try await hub.get("/api/v1/hosts", as: nil, session).body.contains("h1"))
            #expect(try await hub.get("/api/v1/audit", as: nil, session).status == 200)
            #expect(try await hub.get("/api/v1/session", as: nil, session).json?["by"]?.text == "session")
            for table in ["users", "sessions", "audit"] {
                let rows = try hub.hub.store.fleet.read { database throws(DatabaseError) in
                    try database.rows("SELECT * FROM \(table)")
                }
                #expect(!rows.isEmpty || table == "audit")
                #expect(!"\(rows)".contains(Self.password) && !"\(rows)".contains(cookie.dropFirst(29).prefix(64)))
            }
            let out = try await hub.get("/api/v1/session", as: nil, session + ["-X", "DELETE"])
            #expect(out.status == 204 && out.headers["set-cookie"]?.hasPrefix("hub_session=; ") == true)
            #expect(out.headers["set-cookie"]?.hasSuffix("; Max-Age=0") == true)
            #expect(try await hub.get("/api/v1/hosts", as: nil, session).status == 401)
            let wanted: Set = [
                "anna logged_in anna 127.0.0.1", "anna logged_out anna 127.0.0.1",
                "\(LocalActor.name) user_added anna -",
            ]
            let lines = try await AuditTests.lines(of: hub) { wanted.isSubset(of: $0) }
            #expect(wanted.isSubset(of: lines), "\(lines)")
        }
    }

    @Test func `a wrong password, a name that nobody has and a user without one are answered alike`() async throws {
        try await LiveHub.with { hub in
            try hub.password("anna", Self.password, .viewer)
            _ = try hub.user("program", .viewer)
            let answers = [
                try await hub.logIn("anna", "wrong"), try await hub.logIn("nobody", Self.password),
                try await hub.logIn("program", Self.password), try await hub.logIn("anna", ""),
            ]
            #expect(answers.allSatisfy { $0.status == 401 && $0.headers["set-cookie"] == nil })
            #expect(Set(answers.map(\.body)).count == 1)
            // What is typed into the wrong field is not written down.
            #expect(try await hub.logIn(Self.password, "anna").status == 401)
            let wanted: Set = [
                "stranger log_in_refused anna 127.0.0.1", "stranger log_in_refused unknown name 127.0.0.1",
            ]
            let lines = try await AuditTests.lines(of: hub) { wanted.isSubset(of: $0) }
            #expect(wanted.isSubset(of: lines) && !lines.contains { $0.contains(Self.password) }, "\(lines)")
        }
    }

    @Test(arguments: TestDatabase.available)
    func `what is no log-in, is too long, or comes from another origin's page is refused`(
        database: TestDatabase
    ) async throws {
        try await LiveHub.with(database) { hub in
            try hub.password("anna", Self.password, .viewer)
            let body = #"{"name": "anna", "password": "\#(Self.password)"}"#
            let cases: [([String], String, Int)] = [
                ([], "", 400), ([], "[]", 400), ([], #"{"name": "anna"}"#, 400),
                ([], #"{"name": 1, "password": "x"}"#, 400),
                ([], #"{"name": "a\u0000b", "password": "x"}"#, 401),
                ([], #"{"name": "anna", "password": "\#(String(repeating: "x", count: 9000))"}"#, 413),
                ([], #"{"name": "anna", "password": "\#(String(repeating: "x", count: 2000))"}"#, 400),
                (["-H", "Transfer-Encoding: chunked"], body, 413), (["-H", "Origin: http://evil.example"], body, 403),
                (["-H", "Sec-Fetch-Site: cross-site"], body, 403), (["-X", "PUT"], body, 405),
            ]
            for (arguments, text, status) in cases {
                let reply = try await Reply.curl(
                    arguments + ["--data-binary", "@-", "\(hub.url)/api/v1/session"], input: Array(text.utf8))
                #expect(reply.status == status, "\(arguments) \(text.prefix(40)): \(reply.body)")
            }
        }
    }

    @Test(arguments: TestDatabase.available)
    func `a session ends by idleness, by age, with another password, and with its user`(
        database: TestDatabase
    ) async throws {
        try await LiveHub.with(database) { hub in
            let store = hub.hub.store, name = try UserName("anna")
            let (one, other) = (try #require(Self.hash("one")), try #require(Self.hash("other")))
            _ = try store.setUser(name, .viewer, .password(one))
            let key = try #require(try store.beginSession(of: "anna", by: one, Self.limits))
            #expect(try store.session(key, Self.limits) == Requester(name: "anna", role: .viewer, way: .session))
            #expect(try store.session(key, .init(idle: 0)) == nil)
            #expect(try store.session(key, .init(whole: 0)) == nil)
            #expect(try store.session(String(key.dropLast()) + "x", Self.limits) == nil)
            #expect(Self.limits.idle == 30 * 60_000 && Self.limits.whole == 12 * 3_600_000)
            // Another role or password: it must log in anew, and a password that was right before is not.
            #expect(try store.setUser(name, .operator, .password(other)) == false)
            #expect(try store.session(key, Self.limits) == nil)
            #expect(try store.beginSession(of: "anna", by: one, Self.limits) == nil)
            let again = try #require(try store.beginSession(of: "anna", by: other, Self.limits))
            #expect(try store.session(again, Self.limits)?.role == .operator)
            #expect(try store.removeUser(name))
            #expect(try store.session(again, Self.limits) == nil)
            #expect(try store.beginSession(of: "anna", by: other, Self.limits) == nil)
            #expect(try !store.removeUser(name))
        }
    }

    @Test(arguments: TestDatabase.available)
    func `a request keeps a session alive, and a user has twenty at most`(database: TestDatabase) async throws {
        try await LiveHub.with(database) { hub in
            let store = hub.hub.store, one = try #require(Self.hash("one"))
            _ = try store.setUser(UserName("anna"), .viewer, .password(one))
            let key = try #require(try store.beginSession(of: "anna", by: one, Self.limits))
            try store.fleet.write { database throws(DatabaseError) in
                try database.run("UPDATE sessions SET seen_at = seen_at - ?", [.integer(Self.limits.idle - 60_000)])
            }
            #expect(try store.session(key, Self.limits) != nil)
            // It was put forward, so that much less idleness is none now.
            #expect(try store.session(key, .init(idle: 60_000)) != nil)
            var keys = [key]
            for _ in 1...25 {
                keys.append(try #require(try store.beginSession(of: "anna", by: one, Self.limits)))
                // No two of the same millisecond, of which either might go.
                try await Task.sleep(for: .milliseconds(2))
            }
            let alive = try keys.map { try store.session($0, Self.limits) != nil }
            #expect(alive == Array(repeating: false, count: 6) + Array(repeating: true, count: 20))
        }
    }

    @Test func `who tries one password after the other waits longer and longer, by name and by address`() {
        let throttle = LogInThrottle(), begin = ContinuousClock.now
        let here: [UInt8] = [192, 0, 2, 1]
        for _ in 1...5 { #expect(throttle.wait(name: "anna", address: here, at: begin) == nil) }
        // As many at once as may be are no way around; what must wait counts for nothing.
        for _ in 1...20 { #expect(throttle.wait(name: "anna", address: here, at: begin) == .seconds(1)) }
        #expect(throttle.wait(name: "anna", address: [192, 0, 2, 2], at: begin) == .seconds(1))
        #expect(throttle.wait(name: "bert", address: here, at: begin) == .seconds(1))
        #expect(throttle.wait(name: "bert", address: [192, 0, 2, 2], at: begin) == nil)
        #expect(throttle.wait(name: "anna", address: here, at: begin + .seconds(1)) == nil)
        #expect(throttle.wait(name: "anna", address: here, at: begin + .seconds(2)) == .seconds(1))
        // A name is never shut for long, an address is.
        var now = begin + .seconds(3)
        for _ in 1...12 {
            while let wait = throttle.wait(name: "anna", address: here, at: now) { now += wait }
        }
        #expect(throttle.wait(name: "anna", address: [192, 0, 2, 9], at: now) == .seconds(30))
        #expect(throttle.wait(name: "carl", address: here, at: now) == .seconds(900))
        // Who logs in oneself has no more tries at others' passwords.
        throttle.succeeded(name: "anna", address: here)
        #expect(throttle.wait(name: "anna", address: [192, 0, 2, 9], at: now) == nil)
        #expect(throttle.wait(name: "carl", address: here, at: now) == .seconds(900))
        #expect(throttle.wait(name: "carl", address: here, at: now + .seconds(3600)) == nil)
    }

    @Test func `names without number fill no memory, and open no way`() {
        let throttle = LogInThrottle(), begin = ContinuousClock.now
        for number in 1...60_000 {
            _ = throttle.wait(
                name: "n\(number)", address: [10, 1, UInt8(number >> 8 & 255), UInt8(number & 255)], at: begin)
        }
        for _ in 1...5 { _ = throttle.wait(name: "anna", address: [192, 0, 2, 1], at: begin) }
        #expect(throttle.wait(name: "anna", address: [192, 0, 2, 1], at: begin) != nil)
    }

    @Test func `the hub slows guesses down with 429, and the right password waits as well`() async throws {
        try await LiveHub.with { hub in
            try hub.password("anna", Self.password, .viewer)
            for _ in 1...5 { #expect(try await hub.logIn("anna", "wrong").status == 401) }
            var answers: [Reply] = []
            while answers.last?.status != 429, answers.count < 20 {
                answers.append(try await hub.logIn("anna", "wrong"))
            }
            let refused = try #require(answers.last)
            #expect(refused.status == 429 && refused.headers["retry-after"].flatMap { Int($0) } ?? 0 >= 1)
            // Others, elsewhere, are not held up.
            try hub.password("bert", Self.password, .viewer)
            #expect(try await hub.logIn("bert", Self.password, "--interface", "127.0.0.2").status == 200)
        }
    }

    @Test func `few passwords are held against their hashes at a time, and the others are told to come again`() throws {
        let verifier = try PasswordVerifier()
        let hash = try #require(PasswordHash.of(Array(Self.password.utf8)))
        let taken = (1...30).count { _ in verifier.compare(Array(Self.password.utf8), with: hash) { #expect($0) } }
        // One is under way, eight wait; on a fast machine one or two may be done meanwhile.
        #expect((8...15).contains(taken), "\(taken)")
        verifier.end()
        #expect(!verifier.compare([], with: hash) { _ in })
    }

    static func hash(_ password: String) -> PasswordHash? { .of(Array(password.utf8), cost: .least) }
}

extension LiveHub {
    /// A user with a token, which comes back.
    func user(_ name: String, _ role: UserRole) throws -> String {
        try #require(try hub.setUser(UserName(name), role: role, .token()).token)
    }

    func password(_ name: String, _ password: String, _ role: UserRole) throws {
        _ = try hub.setUser(UserName(name), role: role, .password(Array(password.utf8)))
    }

    func logIn(_ name: String, _ password: String, _ arguments: String...) async throws -> Reply {
        let body = JSONValue.object(["name": .string(name), "password": .string(password)]).encoded()
        return try await post(body, to: "/api/v1/session", arguments)
    }
}
