import Database
import Platform
import Testing

@testable import Hub

/// How programs' tokens end.
@Suite(.postgreSQL) struct UserTokenTests {
    @Test(arguments: TestDatabase.available)
    func `a program's token reads until its time is over, and its user does not make the hub open to all`(
        database: TestDatabase
    ) async throws {
        try await LiveHub.with(database) { hub in
            let (name, store) = (try UserName("prometheus"), hub.hub.store)
            let made = try hub.hub.setUser(name, role: .viewer, .token(lives: TokenLifetime("1h")))
            let token = try #require(made.token)
            #expect(try await hub.get("/metrics", as: token).status == 200)
            let end = try #require(try store.user(named: "prometheus")?.tokenEnds).milliseconds
            #expect((0...60_000).contains(Timestamp.now().milliseconds + 3_600_000 - end))
            try store.fleet.write { database throws(DatabaseError) in
                try database.run("UPDATE users SET expires_at = ?", [.integer(Timestamp.now().milliseconds)])
            }
            for path in ["/metrics", "/api/v1/hosts", "/api/v1/session"] {
                #expect(try await hub.get(path, as: token).status == 401, "\(path)")
                #expect(try await hub.get(path).status == 401, "\(path)")
            }
            // A new one takes the old one's place.
            let next = try #require(try hub.hub.setUser(name, role: .viewer, .token()).token)
            #expect(try await hub.get("/metrics", as: next).status == 200)
            #expect(try await hub.get("/metrics", as: token).status == 401)
            #expect(try store.user(named: "prometheus")?.tokenEnds == nil)
        }
    }

    @Test func `what it watches ends when its time is over`() async throws {
        var limits = HubServer.Limits()
        limits.pingEvery = 1
        try await LiveHub.with(limits: limits) { hub in
            let made = try hub.hub.setUser(
                UserName("p"), role: .viewer, .token(lives: TokenLifetime(milliseconds: 3000)))
            let token = try #require(made.token), began = ContinuousClock.now
            let reply = try await hub.get("/api/v1/events", as: token, "-N")
            #expect(reply.status == 200 && reply.body.hasPrefix("event: hosts"))
            // Curl itself would have given up after thirty seconds.
            #expect(ContinuousClock.now - began < .seconds(25))
            #expect(try await hub.get("/api/v1/events", as: token).status == 401)
        }
    }

    @Test func `users of a hub from before their tokens could end are what they were`() async throws {
        try await LiveHub.with { other in
            let (data, token) = ("\(other.folder)/old", BearerToken.random())
            try Folders.make(data, mode: 0o700)
            let old = try DatabaseConnection.open("\(data)/hub.db", migrations: Array(Schema.migrations.prefix(8)))
            try old.run(
                "INSERT INTO users VALUES ('p', 'viewer', NULL, ?, ?, 1)",
                [.text(token.selector), .blob(token.secretHash)])
            let hub = try Hub(data: data)
            #expect(try hub.store.user(bearing: token)?.name == "p")
            #expect(try hub.users() == [["p", "viewer", "token", ""]])
        }
    }

    @Test func `the command gives a program's token an end, and lists it`() async throws {
        try await LiveHub.with { hub in
            let data = "\(hub.folder)/data"
            let added = try await HubProgram.run(
                "add-user", "p", "--role", "viewer", "--token", "--expires", "12h", "--data", data)
            #expect(added.exitCode == 0, "\(added.errors)")
            #expect(try await hub.get("/metrics", as: String(added.output.dropLast())).status == 200)
            let listed = try await HubProgram.run("list-users", "--data", data).output.dropLast().parts(at: "\t")
            #expect(listed.count == 4 && listed[2] == "token")
            let end = try #require(try hub.hub.store.user(named: "p")?.tokenEnds)
            #expect(listed[3] == end.rfc3339)
            let hours = Double(end.milliseconds - Timestamp.now().milliseconds) / 3_600_000
            #expect((11.9...12).contains(hours), "\(hours)")
        }
    }
}
