import Database
import JSON
import Platform
import Support
import Testing

@testable import Hub

/// Several hubs, each with a folder of its own, on one PostgreSQL.
@Suite(.postgreSQL, .enabled(if: PostgreSQLServer.programs != nil, "needs a PostgreSQL server"))
struct SharedFleetTests {
    @Test func `what one hub takes, another shows, counts once and knows the gaps of`() async throws {
        try await withTwo { one, two in
            let token = try one.host("h1", config: #"{"host_id": "h1"}"#)
            _ = try await one.post(report(sequence: 1, percent: 10), host: "h1", token: token)
            let again = try await two.post(report(sequence: 1, percent: 90), host: "h1", token: token)
            #expect(again.json == .object(["accepted": .bool(true), "missing": .array([])]))
            let third = try await two.post(report(sequence: 3, percent: 30), host: "h1", token: token)
            #expect(third.json?["missing"] == .array([.integer(2)]))
            for hub in [one, two] {
                let shown = try await hub.get("/api/v1/hosts/h1").json
                #expect(shown?["percent"] == .integer(30))
                #expect(shown?["missing"] == .array([.integer(2)]))
                #expect(try await hub.get("/bootstrap/h1/config.json", as: token).body == #"{"host_id": "h1"}"#)
            }
        }
    }

    @Test func `who watches a host or the fleet at one hub sees what another takes, once`() async throws {
        try await withTwo { one, two in
            let token = try one.host("h1")
            try await waitUntilBothListen(one)
            try await Watcher.with("\(two.url)/api/v1/hosts/h1/events") { host in
                try await Watcher.with("\(two.url)/api/v1/events") { fleet in
                    try await host.wait { !$0.isEmpty && !$0[0].data.isEmpty }
                    try await fleet.wait { !$0.isEmpty && !$0[0].data.isEmpty }
                    for (hub, number) in [(one, 1), (two, 2)] {
                        let events = #"[{"event": "number \#(number)"}]"#
                        _ = try await hub.post(
                            report(sequence: number, percent: number * 10, events: events), host: "h1", token: token)
                        let told = try await host.wait { $0.last?.data == #"[{"event":"number \#(number)"}]"# }
                        #expect(
                            told.map(\.name) == ["state"] + Array(repeating: ["state", "log"], count: number).joined())
                        let data = try await fleet.wait { $0.last?.data.contains(#""percent":\#(number)0"#) == true }
                        #expect(data.last?.data.contains(#""percent":\#(number)0"#) == true)
                    }
                }
            }
        }
    }

    @Test func `hubs that take the same hosts' reports at once keep all of them`() async throws {
        try await withTwo { one, two in
            let hosts = (1...6).map { "h\($0)" }
            let tokens = try hosts.map { try one.host($0) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (host, token) in zip(hosts, tokens) {
                    for hub in [one, two] {
                        group.addTask { try await Self.send(host, token, runs: 3, reports: 8, to: hub) }
                    }
                }
                try await group.waitForAll()
            }
            for state in try one.hub.store.hosts() {
                #expect(state.run?.missing == [])
                #expect(state.run?.percent == 8)
            }
            let counts = try one.hub.store.fleet.read { database throws(DatabaseError) in
                try database.row(
                    "SELECT (SELECT count(*) FROM reports), (SELECT count(*) FROM runs WHERE seen = 8 AND highest = 8)")
            }
            #expect(counts == DatabaseRow([.integer(6 * 3 * 8), .integer(6 * 3)]))
        }
    }

    /// The same reports go to both hubs: each is to be kept once.
    private static func send(_ host: String, _ token: String, runs: Int, reports: Int, to hub: LiveHub) async throws {
        for number in 1...reports {
            for run in 1...runs {
                let reply = try await hub.post(
                    report(host: host, run: "r\(run)", sequence: number, percent: number), host: host, token: token)
                #expect(reply.status == 200, "\(reply.body)")
            }
        }
    }

    @Test func `what the server refuses of one host does not keep out the others' reports, taken at the same time`()
        async throws
    {
        try await LiveHub.with(.server) { hub in
            _ = try hub.host("h1")
            let intake = try ReportIntake(store: hub.hub.store)
            let (ends, sink) = AsyncStream.makeStream(of: (host: String, isKept: Bool).self)
            for sequence in 1...20 {
                // Of a host that nobody knows, which a reference to it refuses.
                for host in ["h1", "ghost"] {
                    let text = report(host: host, sequence: sequence)
                    intake.keep(try Report.read(Array(text.utf8), from: HostID(host))) { kept in
                        sink.yield((host, (try? kept.get()) != nil))
                    }
                }
            }
            var seen = 0
            for await end in ends {
                #expect(end.isKept == (end.host == "h1"))
                seen += 1
                if seen == 40 { break }
            }
            await onOwnThread { () throws(Never) in intake.end() }
            #expect(try hub.hub.store.state(of: HostID("h1"))?.run?.missing == [])
        }
    }

    @Test func `a key of the delta service is good at the hub that has the workspace`() async throws {
        try await withTwo { one, two in
            let key = try one.hub.addDeltaKey("mine").text
            #expect(try one.hub.store.deltaWorkspace(ofKey: key) != nil)
            #expect(try two.hub.store.deltaWorkspace(ofKey: key) == nil)
        }
    }

    @Test func `when the server goes, answers say so, and when it comes back, nothing that was kept is missing`()
        async throws
    {
        try await PostgreSQLServer.with { server in
            let database = try await server.makeDatabase("fleet")
            try await withFolder { data in
                let token = try await admit("h1", data, "--database", database)
                try await HubProgram.serving(data) { url, process in
                    var kept: [Int] = []
                    for number in 1...60 {
                        if number == 20 { try await server.stop() }
                        if number == 40 { try await server.start() }
                        let reply = try await Reply.curl(
                            [
                                "-H", "Authorization: Bearer \(token)", "--data-binary", "@-",
                                "\(url)/api/v1/hosts/h1/status",
                            ],
                            input: Array(report(sequence: number, percent: number).utf8))
                        if reply.status == 200 { kept.append(number) } else { #expect(reply.status == 503) }
                        if number == 30 {
                            let health = try await Reply.curl(["\(url)/health"])
                            #expect(health.status == 503)
                        }
                        if number >= 40 { try await Task.sleep(for: .milliseconds(100)) }
                    }
                    #expect(kept.starts(with: 1...19) && kept.suffix(5) == [56, 57, 58, 59, 60])
                    #expect(!kept.contains { (20...39).contains($0) })
                    let sequences = try await server.query("SELECT sequence FROM reports ORDER BY 1", in: "fleet")
                    #expect(sequences.split(separator: "\n").compactMap { Int($0) } == kept)
                }
            }
        }
    }

    @Test func `commands beside the server find the database that the folder belongs to`() async throws {
        let server = try #require(TestDatabase.postgreSQL)
        let database = try await server.makeDatabase()
        try await withFolder { data in
            try await HubProgram.serving(data, arguments: ["--database", database]) { url, _ in
                let token = try await admit("h1", data)
                let reply = try await Reply.curl(
                    ["-H", "Authorization: Bearer \(token)", "--data-binary", "@-", "\(url)/api/v1/hosts/h1/status"],
                    input: Array(report().utf8))
                #expect(reply.status == 200)
            }
            #expect(try FileStatus.of("\(data)/database")?.mode == 0o600)
            let backup = try await HubProgram.run("backup", "\(data).backup", "--data", data)
            #expect(backup.succeeded && backup.errors.contains("pg_dump"))
            try await HubProgram.serving(data) { url, _ in
                let shown = try await Reply.curl(["\(url)/api/v1/hosts/h1"])
                #expect(shown.json?["percent"] == .integer(50))
            }
        }
    }

    @Test func `hosts that a folder had before are told of, not moved`() async throws {
        let database = try await #require(TestDatabase.postgreSQL).makeDatabase()
        try await withFolder { data in
            _ = try await admit("before", data)
            let result = try await HubProgram.run("add-host", "after", "--data", data, "--database", database)
            #expect(result.succeeded)
            #expect(try Hub(data: data).hostsLeftBehind() == 1)
            #expect(try Hub(data: data).store.hosts().map(\.hostID) == ["after"])
        }
    }

    @Test(arguments: ["nonsense", "mysql://u:s3cret@h/d", "postgresql://u:s3cret@[h/d"])
    func `what is no address is a wrong command line, and not repeated`(text: String) async throws {
        try await withFolder { data in
            let result = try await HubProgram.run("add-host", "h1", "--data", data, "--database", text)
            #expect(result.exitCode == 2)
            #expect(result.errors.contains("not the address of a PostgreSQL database"))
            #expect(!result.errors.contains("s3cret"))
        }
    }

    @Test func `a server that is not there is named, a password is not, and the folder does not become its own`()
        async throws
    {
        try await withFolder { data in
            let address = "postgresql://u:s3cret@127.0.0.1:\(try PostgreSQLServer.freePort())/d"
            let result = try await HubProgram.run("add-host", "h1", "--data", data, "--database", address)
            #expect(result.exitCode == 1)
            #expect(result.errors.contains("does not answer") && result.errors.contains("refused"))
            #expect(result.errors.contains("warning: whoever is on this machine can read the password"))
            #expect(!result.errors.contains("s3cret"))
            #expect(try FileStatus.of("\(data)/database") == nil)
        }
    }

    private func withTwo(_ body: (LiveHub, LiveHub) async throws -> Void) async throws {
        let database = try await TestDatabase.server.make()
        try await LiveHub.with(database) { one in
            try await LiveHub.with(database) { two in try await body(one, two) }
        }
    }

    /// The connections that listen are made beside those that answer, and whoever watched before is sent away then.
    private func waitUntilBothListen(_ hub: LiveHub) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            let listening = try hub.hub.store.fleet.read { database throws(DatabaseError) in
                try database.row(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'")
            }
            if try listening?.integer(0) == 2 { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        try await Task.sleep(for: .seconds(1))
    }

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/hub-")
        defer { try? Folders.removeTree(folder) }
        try await body("\(folder)/data")
    }

    private func admit(_ host: String, _ data: String, _ more: String...) async throws -> String {
        let result = try await HubProgram.run(["add-host", host, "--data", data] + more)
        #expect(result.succeeded, "\(result.errors)")
        return String(result.output.prefix { !$0.isNewline })
    }

    /// What a stream told, but for its pings.
}
