import Database
import JSON
import Platform
import Testing

@testable import Hub

@Suite(.postgreSQL) struct ReportRouteTests {
    @Test(arguments: TestDatabase.available)
    func `a report is accepted and shown`(database: TestDatabase) async throws {
        try await LiveHub.with(database) { hub in
            let token = try hub.host("h1")
            let reply = try await hub.post(report(), host: "h1", token: token)
            #expect(reply.status == 200)
            #expect(reply.json == .object(["accepted": .bool(true), "missing": .array([])]))

            let shown = try #require(try await hub.get("/api/v1/hosts/h1").json)
            #expect(shown["status"]?.text == "running")
            #expect(shown["percent"] == .integer(50))
            #expect(shown["phase"]?.text == "install")
            #expect(shown["run_id"]?.text == "r1")
            #expect(
                shown["steps"]
                    == .array([
                        .object(["id": .string("apt"), "status": .string("done"), "duration_ms": .integer(1234)])
                    ]))
        }
    }

    /// A report's status and its last event, and the state that the host is in then.
    @Test(arguments: TestDatabase.available)
    func `a host's state follows from how its run ended, and metrics count it`(database: TestDatabase) async throws {
        let lacking = #""error": "data-index: its data did not come", "hint": "publish it""#
        let ends = [
            ("running", #"{"event": "step_started"}"#, "running"), ("done", #"{"event": "run_finished"}"#, "in_sync"),
            ("done", #"{"event": "run_finished", "status": "degraded", \#(lacking)}"#, "degraded"),
            ("failed", #"{"event": "step_failed", "error": "e"}"#, "failed"),
            ("failed", #"{"event": "run_finished", "status": "stopped"}"#, "failed"),
        ]
        try await LiveHub.with(database) { hub in
            _ = try hub.host("silent")
            #expect(try await hub.get("/api/v1/hosts/silent").json?["state"]?.text == "waiting")
            for (number, end) in ends.enumerated() {
                let name = "h\(number)", token = try hub.host(name)
                let text = report(host: name, percent: 100, status: end.0, events: "[\(end.1)]")
                #expect(try await hub.post(text, host: name, token: token).status == 200)
                let shown = try await hub.get("/api/v1/hosts/\(name)").json
                #expect(shown?["state"]?.text == end.2)
                #expect(shown?["status"]?.text == end.0)
            }
            let metrics = try await hub.get("/metrics").body
            for (state, count) in [("waiting", 1), ("running", 1), ("in_sync", 1), ("degraded", 1), ("failed", 2)] {
                #expect(metrics.contains("\nbootstrap_hub_hosts_by_state{state=\"\(state)\"} \(count)\n"), "\(metrics)")
            }
            #expect(metrics.contains("\nbootstrap_hub_hosts{status=\"done\"} 2\n"))
            #expect(metrics.contains("\nbootstrap_hub_hosts{status=\"waiting\"} 1\n"))
        }
    }

    @Test(arguments: TestDatabase.available)
    func `the same report again changes nothing, whatever it says by now`(database: TestDatabase) async throws {
        try await LiveHub.with(database) { hub in
            let token = try hub.host("h1")
            _ = try await hub.post(report(sequence: 2, message: "first"), host: "h1", token: token)
            let before = try await hub.get("/api/v1/hosts/h1").body
            let again = try await hub.post(
                report(sequence: 2, percent: 90, message: "second"), host: "h1", token: token)
            #expect(again.status == 200)
            #expect(again.json?["missing"] == .array([.integer(1)]))
            #expect(try await hub.get("/api/v1/hosts/h1").body == before)
        }
    }

    @Test(arguments: TestDatabase.available)
    func `gaps are named until they are filled`(database: TestDatabase) async throws {
        try await LiveHub.with(database) { hub in
            let token = try hub.host("h1")
            #expect(try await missing(hub, token, 4) == [1, 2, 3])
            #expect(try await missing(hub, token, 2) == [1, 3])
            #expect(try await hub.get("/api/v1/hosts").json == listed(missing: [1, 3], hub))
            #expect(try await missing(hub, token, 1) == [3])
            #expect(try await missing(hub, token, 3) == [])
            #expect(try await missing(hub, token, 1_000_000_000).count == 1000)
        }
    }

    @Test(arguments: TestDatabase.available)
    func `an old report that comes late fills its gap and moves nothing back`(database: TestDatabase) async throws {
        try await LiveHub.with(database) { hub in
            let token = try hub.host("h1")
            _ = try await hub.post(report(sequence: 3, percent: 80, status: "done"), host: "h1", token: token)
            _ = try await hub.post(report(sequence: 2, percent: 40, status: "running"), host: "h1", token: token)
            let shown = try await hub.get("/api/v1/hosts/h1").json
            #expect(shown?["status"]?.text == "done")
            #expect(shown?["percent"] == .integer(80))
            #expect(shown?["missing"] == .array([.integer(1)]))
        }
    }

    @Test(arguments: TestDatabase.available)
    func `percent never falls within a run, though the state follows the highest sequence`(database: TestDatabase)
        async throws
    {
        try await LiveHub.with(database) { hub in
            let token = try hub.host("h1")
            _ = try await hub.post(report(sequence: 1, percent: 70), host: "h1", token: token)
            _ = try await hub.post(report(sequence: 2, percent: 30, message: "later"), host: "h1", token: token)
            let shown = try await hub.get("/api/v1/hosts/h1").json
            #expect(shown?["percent"] == .integer(70))
            #expect(shown?["message"]?.text == "later")
        }
    }

    @Test(arguments: TestDatabase.available)
    func `a newer run takes over, and a late report of the older one does not take it back`(database: TestDatabase)
        async throws
    {
        try await LiveHub.with(database) { hub in
            let token = try hub.host("h1")
            _ = try await hub.post(report(run: "old", percent: 90), host: "h1", token: token)
            _ = try await hub.post(report(run: "new", percent: 5), host: "h1", token: token)
            _ = try await hub.post(
                report(run: "old", sequence: 2, percent: 100, status: "failed"), host: "h1", token: token)
            let shown = try await hub.get("/api/v1/hosts/h1").json
            #expect(shown?["run_id"]?.text == "new")
            #expect(shown?["percent"] == .integer(5))
        }
    }

    @Test(arguments: TestDatabase.available)
    func `an older run whose first report comes after the newer one's is told by the time of its events`(
        database: TestDatabase
    )
        async throws
    {
        try await LiveHub.with(database) { hub in
            let token = try hub.host("h1")
            let early = #"[{"time": "2026-01-01T10:00:00.000Z"}]"#, late = #"[{"time": "2026-01-01T11:00:00.500Z"}]"#
            _ = try await hub.post(report(run: "b", events: late), host: "h1", token: token)
            _ = try await hub.post(report(run: "a", events: early), host: "h1", token: token)
            #expect(try await hub.get("/api/v1/hosts/h1").json?["run_id"]?.text == "b")
            // A clock that says 1970 says nothing.
            let lost = #"[{"time": "1970-01-01T00:00:07.000Z"}]"#
            _ = try await hub.post(report(run: "c", events: lost), host: "h1", token: token)
            #expect(try await hub.get("/api/v1/hosts/h1").json?["run_id"]?.text == "c")
        }
    }

    @Test(arguments: TestDatabase.available)
    func `reports of many hosts at once are all kept`(database: TestDatabase) async throws {
        try await LiveHub.with(database) { hub in
            var tokens: [String: String] = [:]
            for number in 0..<4 { tokens["h\(number)"] = try hub.host("h\(number)") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (host, token) in tokens {
                    for sequence in 1...10 {
                        group.addTask {
                            let reply = try await hub.post(
                                report(host: host, sequence: sequence), host: host, token: token)
                            #expect(reply.status == 200)
                        }
                    }
                }
                try await group.waitForAll()
            }
            for state in try hub.hub.store.hosts() { #expect(state.run?.missing == []) }
            let count = try hub.hub.store.fleet.read { database throws(DatabaseError) in
                try database.row("SELECT count(*) FROM reports")?.integer(0)
            }
            #expect(count == 40)
        }
    }

    @Test(arguments: TestDatabase.available)
    func `the last fifty runs of a host are kept, others' untouched, and the newest stays shown`(
        database: TestDatabase
    ) async throws {
        try await LiveHub.with(database) { hub in
            for name in ["h1", "h2"] { _ = try hub.host(name) }
            func keep(_ host: String, _ run: Int) throws {
                let time = "2026-01-01T10:\(run / 60 + 10):\(run % 60 + 10).000Z"
                for sequence in 1...2 {
                    let text = report(
                        host: host, run: "r\(run)", sequence: sequence, events: #"[{"time": "\#(time)"}]"#)
                    _ = try hub.hub.store.accept(try Report.read(Array(text.utf8), from: HostID(host)))
                }
            }
            try keep("h2", 1)
            for run in 1...49 { try keep("h1", run) }
            // One that was away for long, older than all that are there.
            try keep("h1", 0)
            for run in [50, 51] { try keep("h1", run) }
            let counts = try hub.hub.store.fleet.read { database throws(DatabaseError) in
                try database.rows(
                    "SELECT host_id, count(DISTINCT run_id), count(*) FROM reports JOIN runs ON runs.id = run GROUP BY 1 ORDER BY 1"
                )
            }
            #expect(counts == [DatabaseRow(["h1", 50, 100]), DatabaseRow(["h2", 1, 2])])
            let oldest = try hub.hub.store.fleet.read { database throws(DatabaseError) in
                try database.rows("SELECT run_id FROM runs WHERE host_id = 'h1' ORDER BY started_at LIMIT 1")
            }
            #expect(oldest == [DatabaseRow(["r2"])])
            #expect(try hub.hub.store.state(of: HostID("h1"))?.run?.id == "r51")
        }
    }

    @Test(arguments: TestDatabase.available)
    func `events are kept as they came, in one line`(database: TestDatabase) async throws {
        try await LiveHub.with(database) { hub in
            let token = try hub.host("h1")
            let events =
                #"[{"event":"step_failed","stderr":"a\u0001\"\ud83d\ude00","nested":{"n":[1,2.50,null,true]}},{}]"#
            // A line break would end a line of the live stream.
            let spread = events.replacing("[", with: " [\n\t").replacing("}", with: "\r\n }")
            _ = try await hub.post(report(events: spread), host: "h1", token: token)
            let kept = try hub.hub.store.fleet.read { database throws(DatabaseError) in
                try database.row("SELECT events FROM reports")?.blob(0)
            }
            #expect(String(decoding: kept ?? [], as: UTF8.self) == events)
            let latest = try hub.hub.store.latestEvents(of: HostID("h1"), run: "r1")
            #expect(String(decoding: latest, as: UTF8.self) == events)
        }
    }

    private func missing(_ hub: LiveHub, _ token: String, _ sequence: Int) async throws -> [Int64] {
        let reply = try await hub.post(report(sequence: sequence), host: "h1", token: token)
        #expect(reply.status == 200)
        guard case .array(let numbers) = reply.json?["missing"] else { return [-1] }
        return numbers.compactMap { if case .integer(let number) = $0 { number } else { nil } }
    }

    private func listed(missing: [Int64], _ hub: LiveHub) throws -> JSONValue {
        let updated = try #require(try hub.hub.store.hosts().first?.run?.updatedAt.rfc3339)
        return .array([
            .object([
                "host_id": .string("h1"), "run_id": .string("r1"), "status": .string("running"),
                "phase": .string("install"), "percent": .integer(50), "message": .string("m"),
                "updated_at": .string(updated), "missing": .array(missing.map { .integer($0) }),
                "state": .string("running"), "config_digest": .null, "agent_version": .null,
            ])
        ])
    }
}
