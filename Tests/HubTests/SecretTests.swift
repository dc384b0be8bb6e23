import JSON
import Platform
import Testing

@testable import Hub

/// What hosts fetch with their tokens where a config says `{"hub": NAME}`.
@Suite(.postgreSQL) struct SecretTests {
    private static let mark = "canary-of-the-hub"

    private static func set(_ name: String, _ owner: SecretOwner, _ value: String, _ hub: LiveHub) throws {
        try hub.hub.setSecret(name, of: owner, to: Array(value.utf8))
    }

    private static func get(_ name: String, _ hub: LiveHub, host: String = "h1", token: String?) async throws -> Reply {
        try await hub.get("/api/v1/hosts/\(host)/secrets/\(name)", as: token)
    }

    @Test(arguments: TestDatabase.available)
    func `a host has its own before its groups', and a closer group's before a wider one's`(database: TestDatabase)
        async throws
    {
        try await LiveHub.with(database) { hub in
            let token = try hub.host("h1")
            #expect(try await Self.get("db", hub, token: token).errorCode == "no_secret")
            try Self.set("db", .group(HostGroup("all")), "for all", hub)
            #expect(try await Self.get("db", hub, token: token).body == "for all")
            try Self.set("db", .group(HostGroup("web")), "for web", hub)
            #expect(try await Self.get("db", hub, token: token).body == "for all")
            _ = try hub.hub.label(HostID("h1"), [LabelChange("web"), LabelChange("zone=a")])
            #expect(try await Self.get("db", hub, token: token).body == "for web")
            try Self.set("db", .group(HostGroup("zone=a")), "for a", hub)
            let two = try await Self.get("db", hub, token: token)
            #expect(two.status == 409 && two.errorCode == "several_secrets", "\(two.body)")
            #expect(two.body.contains("group web") && two.body.contains("group zone=a"), "\(two.body)")
            try Self.set("db", .group(HostGroup("web,zone=a")), "for both", hub)
            #expect(try await Self.get("db", hub, token: token).body == "for both")
            try Self.set("db", .host(HostID("h1")), "its own\n", hub)
            let own = try await Self.get("db", hub, token: token)
            #expect(own.body == "its own" && own.headers["cache-control"] == "no-store")
            #expect(own.headers["content-type"] == "text/plain; charset=utf-8")
            try hub.hub.removeSecret("db", of: .host(HostID("h1")))
            #expect(try await Self.get("db", hub, token: token).body == "for both")
        }
    }

    @Test(arguments: TestDatabase.available)
    func `who has another token, or none, gets nothing; and each value's first delivery is audited, once`(
        database: TestDatabase
    ) async throws {
        try await LiveHub.with(database) { hub in
            let token = try hub.host("h1"), other = try hub.host("h2")
            try Self.set("db", .host(HostID("h1")), Self.mark, hub)
            #expect(try await Self.get("db", hub, token: nil).status == 401)
            #expect(try await Self.get("db", hub, token: other).status == 403)
            #expect(try await Self.get("db", hub, host: "h2", token: other).status == 404)
            #expect(try await Self.get("..%2Fdb", hub, token: token).status == 404)
            #expect(try await hub.get("/api/v1/hosts/h1/secrets/db", as: token, "-X", "POST").status == 405)
            for _ in 0..<3 { #expect(try await Self.get("db", hub, token: token).body == Self.mark) }
            #expect(try await Self.fetched(hub, 1))
            #expect(try hub.hub.secrets().map(\.last) == ["1"])
            try Self.set("db", .host(HostID("h1")), "another", hub)
            #expect(try hub.hub.secrets().map(\.last) == ["0"])
            #expect(try await Self.get("db", hub, token: token).body == "another")
            #expect(try await Self.fetched(hub, 2))
            #expect(throws: HubError.noSuchHost("nobody")) { try hub.hub.removeHost(HostID("nobody")) }
            // What is gone with its host is not the next one's of that name.
            try hub.hub.removeHost(HostID("h1"))
            let again = try hub.host("h1")
            #expect(try await Self.get("db", hub, token: again).status == 404)
        }
    }

    /// The log is written beside the answers.
    private static func fetched(_ hub: LiveHub, _ times: Int64) async throws -> Bool {
        for _ in 0..<100 {
            let entries = try hub.hub.store.audit(last: 1000).filter { $0.act == .secretFetched }
            if entries.map(\.times).reduce(0, +) == times { return true }
            try await Task.sleep(for: .milliseconds(50))
        }
        return false
    }

    @Test func `no file of the hub's holds a secret as it is, and only its owner may read the key`() async throws {
        try await LiveHub.with { hub in
            let token = try hub.host("h1")
            try Self.set("db", .host(HostID("h1")), Self.mark, hub)
            #expect(try await Self.get("db", hub, token: token).body == Self.mark)
            #expect(try await Reply.bash("grep -rla \(Self.mark) \(hub.folder)") == "")
            #expect(try FileStatus.of("\(hub.folder)/data/secrets.key")?.mode == 0o600)
        }
    }

    @Test func `a record that was moved to another owner, or name, does not open there`() throws {
        let key = [UInt8](repeating: 7, count: 32), now = Timestamp.now()
        let owner = try SecretOwner.host(HostID("h1")), other = try SecretOwner.host(HostID("h2"))
        let record = try #require(SecretRecord("db", of: owner, [1, 2], by: key, at: now, setBy: "root"))
        #expect(record.value(by: key) == [1, 2])
        for (name, owner) in [("db", other), ("key", owner)] {
            let moved = SecretRecord(
                name: name, owner: owner, revision: record.revision, encrypted: record.encrypted, setAt: now,
                setBy: "root")
            #expect(moved.value(by: key) == nil)
        }
    }

    @Test func `without the key that was used, nothing is given, nothing set, and both are said`() async throws {
        try await LiveHub.with { hub in
            _ = try hub.host("h1")
            try Self.set("db", .host(HostID("h1")), Self.mark, hub)
            let file = "\(hub.folder)/data/secrets.key"
            let key = try Files.read(file)
            try Files.remove(file)
            #expect(throws: HubError.secret(.noKey(file))) { try Self.set("x", .host(HostID("h1")), "y", hub) }
            try Files.replace(file, with: Array("7\(String(repeating: "0", count: 63))\n".utf8), mode: 0o600)
            #expect(throws: HubError.secret(.otherKey(file))) { try Self.set("x", .host(HostID("h1")), "y", hub) }
            try Files.replace(file, with: Array("no key\n".utf8), mode: 0o600)
            #expect(throws: HubError.secret(.badKey(file))) { try Self.set("x", .host(HostID("h1")), "y", hub) }
            try Files.replace(file, with: key, mode: 0o600)
            try Self.set("x", .host(HostID("h1")), "y", hub)
        }
    }

    @Test func `what is no text that a host takes is refused, and the longest is taken`() async throws {
        let longest = String(repeating: "x", count: Hub.secretLimit)
        try await LiveHub.with { hub in
            for value in ["", "\n", "a\0b", longest + "x"] {
                #expect(throws: HubError.secret(.badValue("db"))) {
                    try Self.set("db", .group(HostGroup("all")), value, hub)
                }
            }
            try Self.set("db", .group(HostGroup("all")), longest + "\n", hub)
        }
    }

    @Test func `a group is the same in whatever order, and however often, its labels are named`() async throws {
        try await LiveHub.with { hub in
            let token = try hub.host("h1")
            _ = try hub.hub.label(HostID("h1"), [LabelChange("web"), LabelChange("zone=a")])
            try Self.set("db", .group(HostGroup("web,zone=a")), "first", hub)
            try Self.set("db", .group(HostGroup("zone=a,web,web")), "second", hub)
            #expect(try await Self.get("db", hub, token: token).body == "second")
            #expect(try hub.hub.secrets().map { $0[1] } == ["group web,zone=a"])
        }
    }

    @Test func `two who set a hub's first secrets at once have one key`() async throws {
        try await LiveHub.with { hub in
            let data = "\(hub.folder)/data", token = try hub.host("h1")
            let program = try HubProgram.path()
            let set =
                "for n in 1 2 3 4 5 6; do echo value-$n | '\(program)' secret set s$n --host h1 --data \(data) & done; wait"
            _ = try await Reply.bash(set)
            for number in 1...6 {
                #expect(try await Self.get("s\(number)", hub, token: token).body == "value-\(number)")
            }
        }
    }
}
