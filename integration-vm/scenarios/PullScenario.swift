import Platform
import Testing

/// A host that looks at itself: by its timer it repairs what drifted and takes a new config, or tells its hub what differs.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct PullScenario {
    private static let timer = "host-bootstrap-pull.timer", service = "host-bootstrap-pull.service"
    private static let pull = "systemctl start \(service)"
    private static let withoutHub =
        "cp /etc/hosts /root/hosts; sed '/hub.test/d' /root/hosts >/etc/hosts; echo '127.0.0.1 hub.test' >>/etc/hosts"

    @Test
    func `drift and new configs reach the host and the hub by themselves, and a hub that is away changes nothing`()
        async throws
    {
        let token = try await Site.run("hub", "add-host", "pull")
        try await TestHost.with("pull", .init()) { host in
            try await host.shell("printf %s '\(token)' | head -n 1 >.hub-token; chmod 600 .hub-token", user: "ops")
                .check()
            try await Site.run(["hub", "secret", "set", "db", "--host", "pull"], input: "first-of-db\n")
            let first = try await publish("repair", port: 1)
            let run = try await host.agent("apply", "--json", config: first)
            #expect(run.exitCode == 0, "\(run.result.errors)")
            #expect(try await state() == "in_sync")
            try await expectDriftIsRepaired(host)
            try await expectRotatedSecretArrives(host)
            try await expectRolloutIsTakenOrTakenBack(host)
            try await expectNewConfigIsTaken(host)
            try await expectDriftIsTold(host)
            try await expectOutageChangesNothing(host)
            try await expectClosedWindowOnlyTells(host)
            try await expectScheduleLeavesWithItsConfig(host)
        }
    }

    /// By the timer alone, within the minute that it is set to and what the first wait adds.
    private func expectDriftIsRepaired(_ host: TestHost) async throws {
        try await host.shell("systemctl is-active \(Self.timer) && systemctl is-enabled \(Self.timer)").check()
        let before = try await run()
        try await host.shell("systemctl stop kept.service").check()
        #expect(try await becomes("active", host, "systemctl is-active kept.service"))
        // From now on only this test starts it.
        try await host.shell("systemctl stop \(Self.timer)").check()
        try await expectGoodEnd(host)
        #expect(try await state() == "in_sync")
        #expect(try await run() != before)
    }

    /// A secret that is set anew at the hub is drift like any other, and its service has it.
    private func expectRotatedSecretArrives(_ host: TestHost) async throws {
        let environment = "cat /proc/$(systemctl show -P MainPID kept.service)/environ | tr '\\0' '\\n' | grep ^DB="
        #expect(try await host.shell(environment).output == "DB=first-of-db\n")
        // A look that finds nothing begins no run; that the timer stands still would be something.
        try await host.shell("systemctl start \(Self.timer)").check()
        let before = try await run()
        let idle = try await host.shell(
            "\(TestHost.root)/bin/host-bootstrap pull --root \(TestHost.root)", user: "ops")
        #expect(idle.exitCode == 0, "\(idle.output)\(idle.errors)")
        #expect(try await run() == before, "\(idle.output)\(idle.errors)")
        try await Site.run(["hub", "secret", "set", "db", "--host", "pull"], input: "second-of-db\n")
        #expect(try await Site.run("hub", "secret", "list").contains("\thost pull\t"))
        _ = try await host.shell(Self.pull)
        #expect(try await becomes("DB=second-of-db", host, environment))
        try await host.shell("systemctl stop \(Self.timer)").check()
        try await expectGoodEnd(host)
        let kept = try await host.shell(
            "stat -c '%a %U' \(TestHost.root)/bootstrap/secrets/db; cat \(TestHost.root)/bootstrap/secrets/db")
        #expect(kept.output == "600 ops\nsecond-of-db\n", "\(kept.errors)")
        // Nothing that the run said, kept or reported has it.
        let told = try await host.shell(
            "cat \(TestHost.root)/logs/bootstrap.log; \(Site.agentInHost) status --json; journalctl -o cat", user: "ops"
        )
        #expect(!told.output.contains("-of-db"))
        #expect(try await !reading("hosts/pull").contains("-of-db"))
        #expect(try await state() == "in_sync")
    }

    /// What does not become healthy stops it, and the host goes back by itself.
    private func expectRolloutIsTakenOrTakenBack(_ host: TestHost) async throws {
        try await Site.run("hub", "label", "pull", "web")
        let rules = ["--group", "web", "--waves", "100%", "--soak", "0s"]
        let good = try config("repair", port: 6)
        try await Site.run(["hub", "rollout", "start", "--config", good] + rules)
        #expect(try await rollout("1 host: 1 pending"))
        _ = try await host.shell(Self.pull)
        #expect(try await becomes("PORT=6", host, "grep -o PORT=6 /etc/cocalc/project-host.env"))
        #expect(try await rollout("1 done"))
        let bad = try config("repair", port: 7, program: "/bin/false")
        try await Site.run(["hub", "rollout", "start", "--config", bad] + rules)
        #expect(try await rollout("1 host: 1 pending"))
        _ = try await host.shell(Self.pull)
        #expect(try await rollout("2 halted: 1 failed, and 0 may: pull (failed: "))
        #expect(try await state() == "failed")
        try await Site.run("hub", "rollout", "abort")
        _ = try await host.shell(Self.pull)
        #expect(try await becomes("PORT=6", host, "grep -o PORT=6 /etc/cocalc/project-host.env"))
        try await expectGoodEnd(host)
        #expect(try await state() == "in_sync")
        #expect(try await rollout("1 host: 1 back"))
    }

    /// Within two minutes, the newest one is said to stand so.
    private func rollout(_ words: String) async throws -> Bool {
        for _ in 0..<240 {
            if try await Site.run("hub", "rollout", "status").contains(words) { return true }
            try await Task.sleep(for: .milliseconds(500))
        }
        return false
    }

    private func expectNewConfigIsTaken(_ host: TestHost) async throws {
        _ = try await publish("report", port: 2)
        #expect(try await state() == "behind")
        try await host.shell(Self.pull).check()
        #expect(try await host.shell("cat /etc/cocalc/project-host.env").output.contains("PORT=2"))
        #expect(try await state() == "in_sync")
        let plan = try await host.shell(
            "\(TestHost.root)/bin/host-bootstrap plan --config \(TestHost.root)/config/bootstrap.json", user: "ops")
        #expect(plan.exitCode == 0, "\(plan.output)\(plan.errors)")
    }

    private func expectDriftIsTold(_ host: TestHost) async throws {
        try await host.shell("systemctl stop \(Self.timer) kept.service").check()
        let looked = try await host.shell(
            "\(TestHost.root)/bin/host-bootstrap pull --root \(TestHost.root)", user: "ops")
        #expect(looked.exitCode == 7, "\(looked.output)\(looked.errors)")
        #expect(looked.output.contains("drifted: 2 things differ"), "\(looked.output)")
        #expect(try await state() == "drifted")
        let told = try await reading("hosts/pull")
        #expect(told.contains("kept.service") && told.contains("inactive"), "\(told)")
        #expect(try await host.shell("systemctl is-active kept.service").output == "inactive\n")
        try await host.shell("systemctl start \(Self.timer) kept.service").check()
        _ = try await publish("report", port: 3)
        // A service that ends with 7 has told what it found, and has not failed.
        try await host.shell(Self.pull).check()
        #expect(try await state() == "behind")
        #expect(try await host.shell("cat /etc/cocalc/project-host.env").output.contains("PORT=2"))
        let shown = try await host.shell("\(Site.agentInHost) status", user: "ops")
        #expect(shown.output.contains("looked    behind: "), "\(shown.output)")
    }

    private func expectOutageChangesNothing(_ host: TestHost) async throws {
        try await host.shell(Self.withoutHub).check()
        let looked = try await host.shell(
            "\(TestHost.root)/bin/host-bootstrap pull --root \(TestHost.root)", user: "ops")
        #expect(looked.exitCode == 0, "\(looked.output)\(looked.errors)")
        #expect(looked.errors.contains("no config was fetched"), "\(looked.errors)")
        #expect(looked.errors.contains("the hub does not answer"), "\(looked.errors)")
        try await host.shell("cat /root/hosts >/etc/hosts").check()
    }

    private func expectClosedWindowOnlyTells(_ host: TestHost) async throws {
        let day = try await host.shell("LC_ALL=C date -d '+3 days' +%a").output.lowercased().prefix(3)
        let window = #"{"days": ["\#(day)"], "from": "00:00", "to": "01:00"}"#
        let config = try await publish("repair", windows: window, port: 4)
        #expect(try await host.agent("apply", config: config).exitCode == 0)
        try await host.shell("systemctl stop \(Self.timer) kept.service").check()
        let looked = try await host.shell(
            "\(TestHost.root)/bin/host-bootstrap pull --root \(TestHost.root)", user: "ops")
        #expect(looked.exitCode == 7, "\(looked.output)\(looked.errors)")
        #expect(looked.output.contains("from its config; repairs wait until \(day) 00:00"), "\(looked.output)")
        #expect(try await reading("hosts/pull").contains("repairs wait until \(day) 00:00"))
        #expect(try await host.shell("systemctl is-active kept.service").output == "inactive\n")
    }

    private func expectOutageKeepsNothingFromRepair(_ host: TestHost) async throws {
        try await host.shell(Self.withoutHub + "; systemctl stop kept.service").check()
        let repaired = try await host.shell(
            "\(TestHost.root)/bin/host-bootstrap pull --root \(TestHost.root)", user: "ops")
        #expect(repaired.exitCode == 0, "\(repaired.output)\(repaired.errors)")
        #expect(try await host.shell("systemctl is-active kept.service").output == "active\n")
        try await host.shell("cat /root/hosts >/etc/hosts").check()
        // What the hub did not hear comes with the next look.
        try await host.shell(Self.pull).check()
        #expect(try await state() == "in_sync")
    }

    /// The run that takes the timer and its service away is the one that they started.
    private func expectScheduleLeavesWithItsConfig(_ host: TestHost) async throws {
        let repairing = try await publish("repair", port: 4)
        #expect(try await host.agent("apply", config: repairing).exitCode == 0)
        try await host.shell("systemctl stop \(Self.timer)").check()
        try await expectOutageKeepsNothingFromRepair(host)
        _ = try await publish(nil, port: 5)
        _ = try await host.shell(Self.pull)
        #expect(try await becomes("PORT=5", host, "grep -o PORT=5 /etc/cocalc/project-host.env"))
        try await expectGoodEnd(host)
        let left = try await host.shell("ls /etc/systemd/system/host-bootstrap-pull.* \(TestHost.root)/bootstrap/pull")
        #expect(left.output == "", "\(left.output)")
        #expect(try await state() == "in_sync")
    }

    /// Of the run that is under way, or was last.
    private func expectGoodEnd(_ host: TestHost) async throws {
        let followed = try await host.shell("\(Site.agentInHost) status --follow", user: "ops")
        #expect(followed.exitCode == 0, "\(followed.output)\(followed.errors)")
    }

    // MARK: The hub

    /// A config that the hub has for the host from now on.
    private func publish(_ mode: String?, windows: String? = nil, port: Int) async throws -> String {
        let config = try config(mode, windows: windows, port: port)
        try await Site.run("hub", "add-host", "pull", "--config", config)
        return config
    }

    private func config(
        _ mode: String?, windows: String? = nil, port: Int, program: String = "/bin/sleep infinity"
    ) throws -> String {
        let windows = windows.map { #", "windows": [\#($0)]"# } ?? ""
        let schedule = mode.map { #", "schedule": {"every_minutes": 1, "mode": "\#($0)"\#(windows)}"# } ?? ""
        let unit =
            #"[Service]\nUser=ops\nEnvironmentFile=/etc/cocalc/project-host.env\nExecStart=\#(program)\n[Install]\nWantedBy=multi-user.target\n"#
        return try Site.bareConfig(
            "pull",
            """
            "hub": {"url": "https://hub.test/api/v1/hosts/pull/status", "token": {"file": "/home/ops/.hub-token"}},
            "environment": {"PORT": "\(port)", "DB": {"hub": "db"}},
            "units": [{"unit": "kept.service", "content": "\(unit)"}]\(schedule)
            """)
    }

    private func state() async throws -> String? {
        try /"state":"([a-z_]+)"/.firstMatch(in: try await reading("hosts/pull")).map { String($0.1) }
    }

    private func run() async throws -> String? {
        try /"run_id":"([^"]+)"/.firstMatch(in: try await reading("hosts/pull")).map { String($0.1) }
    }

    private func reading(_ path: String) async throws -> String {
        let hub = try await Site.run("hub-url").split(separator: "\n").joined()
        return try await Subprocess.run(Command("/usr/bin/curl", ["-sS", "\(hub)/api/v1/\(path)"])).check().output
    }

    /// Within two and a half minutes, a command's output has these words.
    private func becomes(_ words: String, _ host: TestHost, _ command: String) async throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(150)
        while ContinuousClock.now < deadline {
            if try await host.shell(command).output.split(separator: "\n").contains(words[...]) { return true }
            try await Task.sleep(for: .milliseconds(500))
        }
        return false
    }
}
