import Database
import JSON
import Platform
import Testing

@testable import Hub

/// What is written down of who did what.
@Suite(.postgreSQL) struct AuditTests {
    @Test(arguments: TestDatabase.available)
    func `each command that changes something is a line with who typed it, and one that fails is none`(
        database: TestDatabase
    ) async throws {
        try await LiveHub.with(database) { hub in
            let id = try HostID("h1"), store = hub.hub.store
            _ = try hub.host("h1")
            _ = try hub.hub.addHost(id, config: hub.file("c.json", Array(BootstrapRouteTests.config.utf8)))
            _ = try hub.hub.addBinary(hub.file("agent", IntakeTests.elf(62)))
            _ = try hub.hub.userData(id, hub: nil)
            _ = try hub.hub.joinCommand(id, hub: nil)
            _ = try hub.hub.rotateTokens(of: id)
            _ = try hub.hub.replaceTokens(of: id)
            try hub.hub.removeHost(id)
            for _ in 1...2 {
                #expect(throws: HubError.self) { try hub.hub.removeHost(id) }
                #expect(throws: HubError.self) { try hub.hub.rotateTokens(of: id) }
            }
            let lines = try store.audit(last: 100)
            #expect(
                lines.map(\.act) == [
                    .hostAdded, .configChanged, .artifactAdded, .tokenIssued, .joinTokenIssued, .tokensRotated,
                    .tokensRevoked, .hostRemoved,
                ])
            #expect(lines.allSatisfy { $0.actor == LocalActor.name && $0.address == nil })
            #expect(lines.filter { $0.act != .artifactAdded }.allSatisfy { $0.subject == "h1" })
            #expect(
                lines.contains { $0.subject.hasPrefix("binaries/") && $0.subject.hasSuffix("/host-bootstrap-x86_64") })
            #expect(try store.audit(last: 2).map(\.act) == [.tokensRevoked, .hostRemoved])
        }
    }

    @Test(arguments: TestDatabase.available)
    func `who fetches a config, joins or is refused is written down with the address, without a token`(
        database: TestDatabase
    ) async throws {
        try await LiveHub.with(database) { hub in
            let token = try hub.host("h1", config: BootstrapRouteTests.config), other = try hub.host("h2")
            let join = try #require(try hub.hub.store.issueJoinToken(for: HostID("h1"))).text
            let path = "/bootstrap/h1/config.json"
            _ = try await hub.get(path, as: token)
            _ = try await hub.get(path, as: other, "-H", "X-Forwarded-For: 198.51.100.9, 192.0.2.7")
            _ = try await hub.get("/bootstrap/h1/stub.sh", as: join)
            _ = try await hub.get("/bootstrap/h1/stub.sh", as: BearerToken.random().text)
            _ = try await hub.post(report(), host: "h1", token: "x")
            let wanted: Set = [
                "host h1 config_fetched h1 127.0.0.1", "host h2 token_refused h1 192.0.2.7",
                "host h1 host_joined h1 127.0.0.1", "stranger join_refused h1 127.0.0.1",
                "stranger token_refused h1 127.0.0.1",
            ]
            let lines = try await Self.lines(of: hub) { wanted.isSubset(of: $0) }
            #expect(wanted.isSubset(of: lines), "\(lines)")
            let all = try hub.hub.audit(last: 100).map(\.json).joined()
            for secret in [token, other, join] { #expect(!all.contains(secret.suffix(64))) }
        }
    }

    @Test func `what is repeated is one line more with a count, and ten thousand names are no ten thousand lines`()
        async throws
    {
        try await LiveHub.with { hub in
            let store = hub.hub.store
            let log = AuditLog(store: store, onFailure: { Issue.record("\($0)") })
            for number in 1...10_000 {
                log.note(.tokenRefused, by: "stranger", "name\(number)", from: "192.0.2.1")
                log.note(.tokenRefused, by: "stranger", "name1", from: "192.0.2.1")
            }
            log.note(.tokenRefused, by: "stranger", String(repeating: "x", count: 100_000), from: "192.0.2.1")
            log.note(.configFetched, by: "host h1", "h1", from: "192.0.2.1")
            log.end()
            let lines = try store.audit(last: 100_000)
            #expect(lines.count == 100 + 1 + 1)
            #expect(lines.first { $0.subject == "name1" }?.times == 10_001)
            let others: Int64 = 10_000 - 100 + 1
            #expect(lines.first { $0.actor == "others" }?.times == others)
            #expect(lines.allSatisfy { $0.subject.utf8.count <= 128 })
            #expect(lines.contains { $0.act == .configFetched })
        }
    }

    @Test func `the first time is written at once, and the repeats when the window is over`() async throws {
        for window in [Duration.seconds(3600), .zero] {
            try await LiveHub.with { hub in
                let limits = AuditLog.Limits(window: window, interval: .milliseconds(10))
                let log = AuditLog(store: hub.hub.store, limits: limits, onFailure: { Issue.record("\($0)") })
                try log.start()
                log.note(.configFetched, by: "host h1", "h1", from: nil)
                _ = try await Self.lines(of: hub) { !$0.isEmpty }
                for _ in 1...19 { log.note(.configFetched, by: "host h1", "h1", from: nil) }
                if window > .zero { #expect(try hub.hub.store.audit(last: 100).map(\.times) == [1]) }
                // Without a window they are written while it runs, else at the end.
                while window == .zero, try hub.hub.store.audit(last: 100).reduce(0, { $0 + $1.times }) < 20 {
                    try await Task.sleep(for: .milliseconds(20))
                }
                await onOwnThread { () throws(Never) in log.end() }
                let times = try hub.hub.store.audit(last: 100).map(\.times)
                #expect(times.reduce(0, +) == 20)
                if window > .zero { #expect(times == [1, 19]) }
            }
        }
    }

    @Test func `what happens within a second is written in the order in which it happened`() async throws {
        try await LiveHub.with { hub in
            let log = AuditLog(store: hub.hub.store, onFailure: { Issue.record("\($0.summary)") })
            let names = (1...50).map { "h\($0)" }
            for name in names { log.note(.configFetched, by: "host", name, from: nil) }
            await onOwnThread { () throws(Never) in log.end() }
            let subjects = try hub.hub.store.audit(last: 100).map(\.subject)
            #expect(subjects == names)
        }
    }

    @Test(arguments: TestDatabase.available)
    func `the log is only added to, and strangers' lines push out nobody else's`(
        database: TestDatabase
    ) async throws {
        try await LiveHub.with(database) { hub in
            let store = hub.hub.store
            for number in 1...20 {
                let acts: [AuditEntry.Act] = [.configFetched, .tokenRefused, .tokenRefused]
                try store.note(acts.map { AuditEntry(actor: "a", act: $0, subject: "\(number)") })
            }
            try store.trimAudit(to: (done: 10, refused: 3))
            let lines = try store.audit(last: 1000)
            #expect(lines.filter { $0.act == .configFetched }.map(\.subject) == (11...20).map(String.init))
            #expect(lines.filter { $0.act == .tokenRefused }.map(\.subject) == ["19", "20", "20"])
            #expect(throws: DatabaseError.self) {
                try store.fleet.write { database throws(DatabaseError) in
                    try database.run("UPDATE audit SET actor = 'somebody else'", [])
                }
            }
            #expect(try store.audit(last: 1000) == lines)
        }
    }

    @Test func `the command prints it as text and as JSON, and no stranger's text breaks out`() async throws {
        try await LiveHub.with { hub in
            _ = try hub.host("h1")
            try hub.hub.store.note([AuditEntry(actor: "stranger", act: .tokenRefused, subject: "a\tb\u{1b}[1m")])
            let data = "\(hub.folder)/data"
            let text = try await HubProgram.run("audit", "--data", data)
            let rows = text.output.byteLines.map { $0.parts(at: "\t") }
            try #require(rows.count == 2 && rows.allSatisfy { $0.count == 6 }, "\(text.output)\(text.errors)")
            #expect(rows[0].dropFirst().map(String.init) == [LocalActor.name, "host_added", "h1", "-", "1"])
            #expect(rows[1][3] == #"a\x09b\x1B[1m"#)
            let json = try await HubProgram.run("audit", "--json", "--last", "1", "--data", data)
            let line = try #require(JSONValue(Array(json.output.utf8)))
            #expect(line["action"]?.text == "token_refused" && line["count"] == .integer(1) && line["address"] == .null)
            for wrong in [["--last", "x"], ["--last", "0"], ["--json=1"]] {
                #expect(try await HubProgram.run(["audit", "--data", data] + wrong).exitCode == 2)
            }
        }
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::1"), ("::1", "::1"),
    ])
    func `an address is read and written as people do`(text: String, shown: String) {
        #expect(PeerAddress(text)?.text == shown)
        for wrong in ["\(text) ", "[\(text)]", "\(text)/8", "", "localhost"] { #expect(PeerAddress(wrong) == nil) }
    }

    /// The log's lines without time and count, once they are as wanted or a minute has passed.
    static func lines(of hub: LiveHub, until isWanted: (Set<String>) -> Bool) async throws -> Set<String> {
        let end = ContinuousClock.now + .seconds(60)
        while true {
            let lines = try Set(hub.hub.audit(last: 1000).map { $0.fields[1...4].joined(separator: " ") })
            if isWanted(lines) || ContinuousClock.now > end { return lines }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
