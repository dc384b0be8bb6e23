import Platform
import Testing

@testable import Hub

@Suite(.postgreSQL) struct HostCareTests {
    @Test(arguments: TestDatabase.available)
    func `revoked tokens are worthless at once, and the new one holds`(database: TestDatabase) async throws {
        try await LiveHub.with(database) { hub in
            let old = try hub.host("h1"), other = try hub.host("h2")
            #expect(try await hub.post(report("h1"), host: "h1", token: old).status == 200)
            let made = try hub.hub.replaceTokens(of: HostID("h1"))
            #expect(made.revoked == 1 && made.token != old)
            #expect(try await hub.post(report("h1", 2), host: "h1", token: old).status == 401)
            #expect(try await hub.post(report("h1", 2), host: "h1", token: made.token).status == 200)
            #expect(try await hub.post(report("h2"), host: "h2", token: other).status == 200)
            #expect(throws: HubError.self) { try hub.hub.replaceTokens(of: HostID("none")) }
        }
    }

    @Test(arguments: TestDatabase.available)
    func `a host that is removed is forgotten with all that it told, and may be added again`(
        database: TestDatabase
    ) async throws {
        try await LiveHub.with(database) { hub in
            let old = try hub.host("h1")
            _ = try hub.host("h2")
            #expect(try await hub.post(report("h1"), host: "h1", token: old).status == 200)
            #expect(try hub.hub.hosts().map(\.id) == ["h1", "h2"])
            try hub.hub.removeHost(HostID("h1"))
            #expect(try hub.hub.hosts().map(\.id) == ["h2"])
            #expect(try await hub.get("/api/v1/hosts/h1").status == 404)
            #expect(try await hub.post(report("h1", 2), host: "h1", token: old).status == 401)
            #expect(throws: HubError.self) { try hub.hub.removeHost(HostID("h1")) }
            let new = try hub.host("h1")
            #expect(try await hub.get("/api/v1/hosts/h1").json?["state"]?.text == "waiting")
            #expect(try await hub.post(report("h1"), host: "h1", token: old).status == 401)
            #expect(try await hub.post(report("h1"), host: "h1", token: new).status == 200)
        }
    }

    @Test func `the hosts are listed, a line each, and what a host told cannot break out of its line`() async throws {
        try await LiveHub.with { hub in
            let token = try hub.host("h1")
            _ = try hub.host("h2")
            let text = report("h1", message: #"a\tb\nc\u001b[31m"#)
            #expect(try await hub.post(text, host: "h1", token: token).status == 200)
            let listed = try await HubProgram.run("list-hosts", "--data", "\(hub.folder)/data")
            #expect(listed.exitCode == 0, "\(listed.errors)")
            let lines = listed.output.byteLines.map { $0.parts(at: "\t") }
            try #require(lines.count == 2 && lines.allSatisfy { $0.count == 7 }, "\(listed.output)")
            #expect(lines[0][0] == "h1" && lines[0][1] == "running" && lines[0][3] == "1")
            #expect(lines[0][5] == #"a\x09b\x0Ac\x1B[31m"#)
            #expect(lines[1] == ["h2", "waiting", "-", "1", "-", "-", "-"])
        }
    }

    @Test func `the commands tell what they did, and what there is not`() async throws {
        try await LiveHub.with { hub in
            let (old, data) = (try hub.host("h1"), "\(hub.folder)/data")
            let revoked = try await HubProgram.run("revoke-token", "h1", "--data", data)
            #expect(revoked.exitCode == 0 && revoked.errors.contains("1 tokens of host h1 are worthless now"))
            let new = String(revoked.output.prefix { $0 != "\n" })
            #expect(try await hub.post(report("h1"), host: "h1", token: old).status == 401)
            #expect(try await hub.post(report("h1"), host: "h1", token: new).status == 200)
            #expect(try await HubProgram.run("remove-host", "h1", "--data", data).exitCode == 0)
            for command in ["remove-host", "revoke-token"] {
                let none = try await HubProgram.run(command, "h1", "--data", data)
                #expect(none.exitCode == 1 && none.errors.contains("h1"), "\(none.errors)")
            }
        }
    }

    private func report(_ host: String, _ sequence: Int = 1, message: String = "m") -> String {
        """
        {"host_id": "\(host)", "run_id": "r1", "sequence": \(sequence), "phase": "install", "percent": 50,
         "status": "running", "message": "\(message)", "steps": [], "events": []}
        """
    }
}
