import Digests
import JSON
import Platform
import Testing

@testable import Hub

/// How a host stands between its runs: by what it tells, by what the hub has for it, and by its silence.
@Suite(.postgreSQL) struct CheckInTests {
    private static let config = #"{"bootstrap_user": "ops"}"#
    private static let digest = Digest.of(Array(config.utf8)).hex

    private static func checkIn(
        _ state: String = "in_sync", host: String = "h1", digest: String = digest, schedule: Int = 60,
        differences: String = "[]", inAll: Int = 0
    ) -> String {
        """
        {"host_id": "\(host)", "time": 1, "state": "\(state)", "message": "looked", "config_digest": "\(digest)",
         "agent_version": "1.2.3", "schedule_seconds": \(schedule), "differences": \(differences),
         "differences_in_all": \(inAll), "unknown": {}}
        """
    }

    private static func post(
        _ text: String, _ hub: LiveHub, host: String = "h1", token: String?
    ) async throws -> Reply {
        let proof = token.map { ["-H", "Authorization: Bearer \($0)"] } ?? []
        return try await Reply.curl(
            proof + ["--data-binary", "@-", "\(hub.url)/api/v1/hosts/\(host)/check-in"], input: Array(text.utf8))
    }

    private static func firstReport(_ status: String, digest: String = digest) -> String {
        report(
            status: status,
            events: #"[], "config_digest": "\#(digest)", "agent_version": "1.2.2", "schedule_seconds": 60"#)
    }

    @Test(arguments: TestDatabase.available)
    func `a host's last word is what it stands by, whether it came from a run or between two`(database: TestDatabase)
        async throws
    {
        try await LiveHub.with(database) { hub in
            let token = try hub.host("h1", config: Self.config)
            #expect(try await hub.get("/api/v1/hosts/h1").json?["state"]?.text == "waiting")
            #expect(try await hub.post(Self.firstReport("done"), host: "h1", token: token).status == 200)
            let run = try await hub.get("/api/v1/hosts/h1").json
            #expect(run?["state"]?.text == "in_sync")
            #expect(run?["config_digest"]?.text == Self.digest)
            #expect(run?["agent_version"]?.text == "1.2.2")
            let item =
                #"{"step": "service-x", "what": "x.service", "found": "inactive", "wanted": "active", "more": 1}"#
            let drifted = Self.checkIn("drifted", differences: "[\(item)]", inAll: 3)
            #expect(try await Self.post(drifted, hub, token: token).json?["accepted"] == .bool(true))
            let shown = try await hub.get("/api/v1/hosts/h1").json
            #expect(shown?["state"]?.text == "drifted")
            #expect(shown?["message"]?.text == "looked")
            #expect(shown?["agent_version"]?.text == "1.2.3")
            #expect(shown?["status"]?.text == "done")
            #expect(shown?["differences_in_all"] == .integer(3))
            let difference = JSONValue.object([
                "step": .string("service-x"), "what": .string("x.service"), "found": .string("inactive"),
                "wanted": .string("active"),
            ])
            #expect(shown?["differences"] == .array([difference]))
            #expect(try await hub.get("/metrics").body.contains("hosts_by_state{state=\"drifted\"} 1\n"))
            // A run that comes after it has the last word again.
            #expect(try await hub.post(report(run: "r2"), host: "h1", token: token).status == 200)
            let later = try await hub.get("/api/v1/hosts/h1").json
            #expect(later?["state"]?.text == "running")
            #expect(later?["differences"] == .array([]))
        }
    }

    @Test(arguments: TestDatabase.available)
    func `a host is behind while its hub has another config for it than it has`(database: TestDatabase) async throws {
        try await LiveHub.with(database) { hub in
            let token = try hub.host("h1", config: Self.config)
            _ = try await hub.post(Self.firstReport("done"), host: "h1", token: token)
            let other = try hub.file("other.json", Array(#"{"bootstrap_user": "eve"}"#.utf8))
            _ = try hub.hub.addHost(HostID("h1"), config: other)
            #expect(try await hub.get("/api/v1/hosts/h1").json?["state"]?.text == "behind")
            for (told, state) in [("in_sync", "behind"), ("drifted", "drifted"), ("failed", "failed")] {
                _ = try await Self.post(Self.checkIn(told), hub, token: token)
                #expect(try await hub.get("/api/v1/hosts/h1").json?["state"]?.text == state)
            }
            // Applied by hand after the hub was given its own: nobody forgot this host.
            let byHand = Self.firstReport("done").replacing("\"r1\"", with: "\"r2\"")
            _ = try await hub.post(byHand, host: "h1", token: token)
            #expect(try await hub.get("/api/v1/hosts/h1").json?["state"]?.text == "in_sync")
            _ = try await Self.post(Self.checkIn("behind"), hub, token: token)
            _ = try hub.hub.addHost(HostID("h1"), config: try hub.file("h1.json", Array(Self.config.utf8)))
            #expect(try await hub.get("/api/v1/hosts/h1").json?["state"]?.text == "in_sync")
        }
    }

    @Test(arguments: TestDatabase.available)
    func `what the hub has for a host says nothing of one that takes its config elsewhere`(database: TestDatabase)
        async throws
    {
        try await LiveHub.with(database) { hub in
            let token = try hub.host("h1", config: Self.config)
            let other = String(repeating: "0", count: 64)
            let run = Self.firstReport("done", digest: other).dropLast() + #", "config_source": "elsewhere"}"#
            #expect(try await hub.post(String(run), host: "h1", token: token).status == 200)
            #expect(try await hub.get("/api/v1/hosts/h1").json?["state"]?.text == "in_sync")
            for state in ["in_sync", "behind"] {
                let told = Self.checkIn(state, digest: other).dropLast() + #", "config_source": "elsewhere"}"#
                _ = try await Self.post(String(told), hub, token: token)
                #expect(try await hub.get("/api/v1/hosts/h1").json?["state"]?.text == state)
            }
        }
    }

    /// The moments that a host and a hub have, in seconds.
    @Test(arguments: [
        (within: 60, heard: 0, now: 180, since: -1000, isSilent: false),
        (within: 60, heard: 0, now: 181, since: -1000, isSilent: true),
        // A hub that was away itself begins to count when it is back.
        (within: 60, heard: 0, now: 1000, since: 900, isSilent: false),
        (within: 60, heard: 0, now: 1081, since: 900, isSilent: true),
        // Who never said how often it looks at itself is not overdue.
        (within: nil, heard: 0, now: 1_000_000, since: 0, isSilent: false),
    ])
    func `a host is silent when three of its own intervals went by without a word`(
        within: Int64?, heard: Int64, now: Int64, since: Int64, isSilent: Bool
    ) {
        for status in ["done", "running", "failed"] {
            let run = HostState.Run(
                id: "r", status: status, phase: "", percent: 0, message: "",
                updatedAt: Timestamp(milliseconds: heard * 1000), missing: [], steps: [], error: nil, hint: nil,
                startedAt: Timestamp(milliseconds: 0),
                reported: Report.Run(configDigest: nil, agentVersion: nil, heartbeat: within, schedule: within))
            let state = HostState(hostID: "h", run: run, checkIn: nil, config: nil)
            let standing = state.standing(
                at: Timestamp(milliseconds: now * 1000), silenceFrom: Timestamp(milliseconds: since * 1000))
            #expect((standing == .silent) == isSilent, "\(status)")
        }
    }

    @Test func `a check-in wants the host's own token, as a report does`() async throws {
        try await LiveHub.with { hub in
            let token = try hub.host("h1")
            let other = try hub.host("h2")
            #expect(try await Self.post(Self.checkIn(), hub, token: nil).status == 401)
            #expect(try await Self.post(Self.checkIn(), hub, token: other).status == 403)
            #expect(try await hub.get("/api/v1/hosts/h1/check-in", as: token).status == 405)
            #expect(try await Self.post(Self.checkIn(), hub, token: token).status == 200)
        }
    }

    @Test(arguments: [
        checkIn(host: "h2"), checkIn("running"), checkIn("waiting"), checkIn(digest: "c0ffee"),
        checkIn(digest: String(repeating: "G", count: 64)), checkIn(schedule: 0), checkIn(schedule: 2_678_401),
        checkIn(differences: "[{}]", inAll: 0), checkIn(differences: "{}"), "", "[]", "{}",
        checkIn(differences: "[" + Array(repeating: "{}", count: 201).joined(separator: ",") + "]", inAll: 201),
    ])
    func `what is no check-in is refused, and what was told before stays`(text: String) async throws {
        try await LiveHub.with { hub in
            let token = try hub.host("h1")
            _ = try await Self.post(Self.checkIn("drifted"), hub, token: token)
            let reply = try await Self.post(text, hub, token: token)
            #expect(reply.status == 400 && reply.errorCode == "bad_check_in", "\(reply.status) \(reply.body)")
            #expect(try await hub.get("/api/v1/hosts/h1").json?["state"]?.text == "drifted")
        }
    }

    @Test
    func
        `a host that has its config already is told so by the config's tag, and it is no fetch to keep in the audit log`()
        async throws
    {
        try await LiveHub.with { hub in
            let token = try hub.host("h1", config: Self.config)
            let first = try await hub.get("/bootstrap/h1/config.json", as: token)
            let tag = try #require(first.headers["etag"])
            #expect(tag == "\"sha256-\(Self.digest)\"")
            let again = try await hub.get("/bootstrap/h1/config.json", as: token, "-H", "If-None-Match: \(tag)")
            #expect(again.status == 304 && again.body.isEmpty)
            #expect(try await hub.get("/bootstrap/h1/config.json", "-H", "If-None-Match: \(tag)").status == 401)
        }
    }

    @Test func `that a host is behind is told to who watches already, whoever begins to watch meanwhile`() async throws
    {
        try await LiveHub.with { hub in
            let token = try hub.host("h1", config: Self.config)
            #expect(try await Self.post(Self.checkIn(schedule: 3600), hub, token: token).status == 200)
            try await Watcher.with("\(hub.url)/api/v1/events") { staying in
                try await staying.wait { $0.contains { $0.data.contains("in_sync") } }
                let other = try hub.file("other.json", Array(#"{"bootstrap_user": "dev"}"#.utf8))
                _ = try hub.hub.addHost(HostID("h1"), config: other)
                try await Watcher.with("\(hub.url)/api/v1/hosts/h1/events") { coming in
                    let seen = try await coming.wait { $0.contains { $0.data.contains("behind") } }
                    #expect(seen.contains { $0.data.contains("behind") })
                }
                let seen = try await staying.wait { $0.contains { $0.data.contains("behind") } }
                #expect(seen.contains { $0.data.contains("behind") }, "\(seen)")
            }
        }
    }

    @Test(arguments: TestDatabase.available)
    func `a removed host takes its check-in with it`(database: TestDatabase) async throws {
        try await LiveHub.with(database) { hub in
            let token = try hub.host("h1")
            _ = try await Self.post(Self.checkIn(), hub, token: token)
            try hub.hub.removeHost(HostID("h1"))
            _ = try hub.host("h1")
            #expect(try await hub.get("/api/v1/hosts/h1").json?["state"]?.text == "waiting")
        }
    }
}
