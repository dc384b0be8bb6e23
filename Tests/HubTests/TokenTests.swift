import Database
import Platform
import Testing

@testable import Hub

/// How hosts' tokens end.
@Suite(.postgreSQL) struct TokenTests {
    @Test(arguments: TestDatabase.available)
    func `a replaced token works until the new one's first report, and no longer`(
        database: TestDatabase
    ) async throws {
        try await LiveHub.with(database) { hub in
            let old = try hub.host("h1", config: "{}"), other = try hub.host("h2")
            let new = try hub.hub.rotateTokens(of: HostID("h1"))
            #expect(try await hub.post(report(sequence: 1), host: "h1", token: old).status == 200)
            // Neither a config nor a report in another host's name shows that the host has it.
            #expect(try await hub.get("/bootstrap/h1/config.json", as: new).status == 200)
            #expect(try await hub.post(report(host: "h2"), host: "h2", token: new).status == 403)
            #expect(try await hub.post(report(sequence: 2), host: "h1", token: old).status == 200)
            #expect(try hub.hub.hosts().map(\.tokens) == [2, 1])
            #expect(try await hub.post(report(sequence: 3), host: "h1", token: new).status == 200)
            #expect(try await hub.post(report(sequence: 4), host: "h1", token: old).status == 401)
            #expect(try await hub.post(report(sequence: 4), host: "h1", token: new).status == 200)
            #expect(try await hub.post(report(host: "h2"), host: "h2", token: other).status == 200)
            #expect(try hub.hub.hosts().map(\.tokens) == [1, 1])
            #expect(throws: HubError.noSuchHost("none")) { try hub.hub.rotateTokens(of: HostID("none")) }
        }
    }

    @Test(arguments: TestDatabase.available)
    func `a token that is never taken up leaves the old one a week, or what it had left`(
        database: TestDatabase
    ) async throws {
        try await LiveHub.with(database) { hub in
            _ = try hub.hub.addHost(HostID("h1"), config: nil, tokenLives: TokenLifetime("2h"))
            _ = try hub.host("h2")
            for id in ["h1", "h2"] { _ = try hub.hub.rotateTokens(of: HostID(id)) }
            let (now, ends) = (Timestamp.now().milliseconds, try hub.hub.store.tokenSummaries())
            let hours = try ["h1", "h2"].map { id in
                Double(try #require(ends[id]?.nextExpiry).milliseconds - now) / 3_600_000
            }
            #expect((1.5...2).contains(hours[0]) && (167.5...168).contains(hours[1]), "\(hours)")
        }
    }

    @Test(arguments: TestDatabase.available)
    func `a token whose time is over opens nothing, is listed no more, and goes with the next one`(
        database: TestDatabase
    ) async throws {
        try await LiveHub.with(database) { hub in
            let store = hub.hub.store, id = try HostID("h1")
            let lasting = try hub.host("h1", config: "{}")
            let late = try #require(try store.issueToken(for: id, lives: TokenLifetime(milliseconds: 0)))
            #expect(try await hub.post(report(), host: "h1", token: late.text).status == 401)
            #expect(try await hub.get("/bootstrap/h1/config.json", as: late.text).status == 401)
            #expect(try await hub.post(report(), host: "h1", token: lasting).status == 200)
            #expect(try hub.hub.hosts().map(\.tokens) == [1])
            _ = try store.issueToken(for: id)
            let kept = try store.fleet.read { database throws(DatabaseError) in
                try database.row("SELECT count(*) FROM tokens")
            }
            #expect(try kept?.integer(0) == 2)
        }
    }

    @Test func `tokens of a hub from before they could end go on working`() async throws {
        try await LiveHub.with { other in
            let (data, token) = ("\(other.folder)/old", BearerToken.random())
            try Folders.make(data, mode: 0o700)
            let old = try DatabaseConnection.open("\(data)/hub.db", migrations: Array(Schema.migrations.prefix(4)))
            try old.run("INSERT INTO hosts (id, added_at) VALUES ('h1', 1)")
            try old.run(
                "INSERT INTO tokens VALUES (?, 'h1', ?, 1)", [.text(token.selector), .blob(token.secretHash)])
            let hub = try Hub(data: data)
            #expect(try hub.store.host(bearing: token)?.host == "h1")
            #expect(try hub.hosts().map(\.tokens) == [1])
        }
    }

    @Test func `the commands give tokens an end, and list it`() async throws {
        try await LiveHub.with { hub in
            let data = "\(hub.folder)/data"
            let added = try await HubProgram.run("add-host", "h1", "--expires", "12h", "--data", data)
            let rotated = try await HubProgram.run("rotate-token", "h1", "--data", data)
            #expect(rotated.exitCode == 0 && rotated.errors.contains("until its first report, 7 days at most"))
            let listed = try await HubProgram.run("list-hosts", "--data", data).output.parts(at: "\t")
            #expect(listed[3] == "2" && listed[4].hasSuffix("Z"), "\(listed)")
            let (old, new) = (String(added.output.dropLast()), String(rotated.output.dropLast()))
            #expect(try await hub.post(report(), host: "h1", token: new).status == 200)
            #expect(try await hub.post(report(sequence: 2), host: "h1", token: old).status == 401)
            for wrong in ["0d", "x", "12", "-1h", "99999d", "1.5h"] {
                let refused = try await HubProgram.run("add-host", "h2", "--expires", wrong, "--data", data)
                #expect(refused.exitCode == 2 && refused.errors.contains("as in 90d"), "\(wrong): \(refused.errors)")
            }
        }
    }
}
