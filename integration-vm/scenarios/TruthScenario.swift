import Platform
import Testing

/// What a host says of itself when something is lacking, refused or stopped, and what the hub knows of it then.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct TruthScenario {
    /// Of the usual config no more than folders, bundles and a set of data that is not published yet.
    private static let changes = [
        "node=", "node_version=", "btrfs_image_target_gb=", "apt_packages=[]", "services=[]",
        #"data=[{"name": "late", "path": "/srv/late", "url": "https://hub.test/static/late.tar.gz", "files": ["x"], "on_failure": "empty"}]"#,
    ]

    @Test func `what is lacking, refused or stopped is called so on the host and at the hub`() async throws {
        let script = try await Site.run("add", "truth", "1.0.0").split(separator: "\n").last.map(String.init) ?? ""
        let token = try #require(try Files.text(script)?.firstMatch(of: /[0-9a-f]{16}\.[0-9a-f]{64}/)?.output)
        let config = try await Site.config("truth", changes: Self.changes)
        try await TestHost.with("truth", .init()) { host in
            try await host.shell("umask 077; echo \(token) >/home/ops/.hub-token; chown ops /home/ops/.hub-token")
                .check()
            try await expectPart(host, config)
            try await expectDegraded(host, config)
            try await expectRefusals(host, config)
            try await expectStopped(host, config)
            try await expectFilled(host, config)
        }
    }

    /// On a fresh host, a step that is asked for brings what it needs.
    private func expectPart(_ host: TestHost, _ config: String) async throws {
        let run = try await host.agent("apply", "--only", "data-late", config: config)
        let said = run.result.errors
        #expect(run.exitCode == 0, "\(said)")
        #expect(said.contains("data-late needs layout: included\n"), "\(said)")
        #expect(
            said.contains(" steps were looked at (layout, data-late), and the host matches them, except for data-late"))
        #expect(!said.contains("the host matches the config"))
        #expect(try await host.shell("ls \(TestHost.root)/.bootstrap_done").exitCode != 0)
        #expect(try await atHub("state") == "degraded")
    }

    private func expectDegraded(_ host: TestHost, _ config: String) async throws {
        for isFirst in [true, false] {
            let run = try await host.agent("apply", "--json", config: config)
            let said = run.result.errors
            #expect(run.exitCode == 0, "\(said)")
            #expect(isFirst || run.changed.isEmpty, "\(run.changed)")
            #expect(said.contains("\ndegraded data-late"), "\(said)")
            #expect(said.contains("    lacking: /srv/late: its data did not come: "))
            #expect(said.contains("the host matches the config, except for data-late: "))
        }
        #expect(try await host.shell("ls \(TestHost.root)/.bootstrap_done").succeeded)
        let json = try await host.shell("\(Site.agentInHost) status --json", user: "ops").output
        #expect(json.contains("\"status\" : \"degraded\"") && json.contains("\"what\" : \"data-late\""), "\(json)")
        let status = try await host.shell("\(Site.agentInHost) status", user: "ops").output
        #expect(status.contains("\nstatus    degraded\n") && status.contains("\ndegraded  data-late  "), "\(status)")
        #expect(try await host.agent("plan", config: config).exitCode == 7)
        #expect(try await atHub("status") == "done")
        #expect(try await atHub("state") == "degraded")
        #expect(try await atHub("message").contains("except for data-late"))
    }

    private func expectRefusals(_ host: TestHost, _ config: String) async throws {
        let log = "wc -c \(TestHost.root)/logs/bootstrap.log; sha256sum \(TestHost.root)/bootstrap/state.json"
        let before = (try await atHub(nil), try await host.shell(log).output)
        let rollback = try await host.agent("rollback", "project-host", "--to", "9.9", config: config)
        #expect(rollback.exitCode == 1)
        #expect(rollback.result.errors.hasPrefix("error: project-host: version 9.9 is not installed\nhint: "))
        #expect(!rollback.result.errors.contains("preflight"))
        #expect(try await host.agent("apply", "--json", "--only", "nothing", config: config).exitCode == 2)
        // Another program has the lock, and the record in it is of a run that is over.
        let lock = "\(TestHost.root)/bootstrap/lock"
        try await host.shell("systemd-run --quiet --unit=holder flock \(lock) sleep 600; sleep 1").check()
        let held = try await host.agent("apply", config: config)
        #expect(held.exitCode == 6)
        let holder = try await host.shell("systemctl show -P MainPID holder; systemctl stop holder").output
        #expect(
            held.result.errors.contains("another process holds the lock: process \(holder.dropLast()) (flock)\n"),
            "\(held.result.errors)")
        #expect(try await atHub(nil) == before.0)
        #expect(try await host.shell(log).output == before.1)
    }

    /// Somebody else fills the folder, and takes long.
    private func expectStopped(_ host: TestHost, _ config: String) async throws {
        try await host.shell(
            "systemd-run --quiet --unit=filler flock /srv/late/.host-bootstrap-lock sleep 600; sleep 1"
        ).check()
        async let run = host.agent("apply", config: config)
        try await host.shell(
            """
            for _ in $(seq 300); do
              tail -n 20 \(TestHost.root)/logs/bootstrap.log | grep -q 'waiting for another process' && exit 0; sleep 0.1
            done; exit 1
            """
        ).check()
        try await host.shell("pkill -INT -u ops -x host-bootstrap").check()
        let stopped = try await run
        let said = stopped.result.errors
        #expect(stopped.exitCode == 130, "\(said)")
        #expect(said.contains("\nstopped  data-late") && said.contains("\nstopped after "), "\(said)")
        #expect(!said.contains("FAILED") && !said.contains("failed"), "\(said)")
        let status = try await host.shell("systemctl stop filler; \(Site.agentInHost) status --root \(TestHost.root)")
            .output
        #expect(status.contains("\nstatus    stopped\n") && status.contains("\nstopped   data-late  "), "\(status)")
        #expect(try await atHub("status") == "failed")
        #expect(try await atHub("message").hasPrefix("stopped after "))
    }

    private func expectFilled(_ host: TestHost, _ config: String) async throws {
        let folder = "\(Site.folder ?? "")/static"
        let pack = "echo x >x; tar -czf late.tar.gz x; rm x; sha256sum late.tar.gz >late.tar.gz.sha256"
        #expect(try await Subprocess.run(Command("/bin/sh", ["-euc", pack], workingDirectory: folder)).succeeded)
        let run = try await host.agent("apply", "--json", config: config)
        #expect(run.exitCode == 0 && run.changed.contains("data-late"), "\(run.result.errors)")
        #expect(run.result.errors.contains("the host matches the config: "), "\(run.result.errors)")
        #expect(try await atHub("state") == "in_sync")
        #expect(try await host.agent("plan", config: config).exitCode == 0)
    }

    /// What the hub tells of the host: one member's text, or all.
    private func atHub(_ member: String?) async throws -> String {
        let url = try await Site.run("hub-url").split(separator: "\n").first ?? ""
        let answer = try await Subprocess.run(Command("/usr/bin/curl", ["-fsS", "\(url)/api/v1/hosts/truth"])).output
        guard let member else { return answer }
        return answer.split(separator: "\"\(member)\":\"").dropFirst().first?.prefix { $0 != "\"" }.description ?? ""
    }
}
