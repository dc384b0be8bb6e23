import Platform
import Testing

/// A fresh Debian 13 host, provisioned by a person who types the stub, one step at a time.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct ByHandScenario {
    @Test func `the stub typed by hand, step by step, ends in the same tree as a parallel run`() async throws {
        try await Site.run("add", "twin", "1.0.0")
        let paths =
            [
                "bin", "bundles", "bundle", "config", "README", ".bootstrap_done",
            ].map { "\(TestHost.root)/\($0)" } + [
                "/home/ops/.nvm/versions", "/home/ops/.nvm/alias", "/etc/cocalc", "/etc/systemd/system",
            ]
        let serial = try await TestHost.with("by-hand", .init(release: "trixie")) { host in
            try await host.shell("curl -fsS https://hub.test/bootstrap/twin/stub.sh >/home/ops/stub.sh").check()
            let run = try await host.shell("BOOTSTRAP_ARGS='--no-parallel --json' sh stub.sh", user: "ops")
            let agent = AgentRun(run)
            #expect(run.exitCode == 0, "\(run.errors)")
            expectOneAtATime(agent)
            return try await comparable(host, paths)
        }
        let parallel = try await TestHost.with("at-once", .init(release: "trixie")) { host in
            let run = try await host.shell("curl -fsS https://hub.test/bootstrap/twin/stub.sh | sh", user: "ops")
            #expect(run.exitCode == 0, "\(run.errors)")
            return try await comparable(host, paths)
        }
        #expect(serial.count > 400)
        #expect(Set(serial).symmetricDifference(parallel).isEmpty)
    }

    /// What the two must share: the records of when each bundle was installed are each host's own.
    private func comparable(_ host: TestHost, _ paths: [String]) async throws -> [String] {
        try await host.snapshot(paths).filter { !$0.contains("/.records") }
    }

    private func expectOneAtATime(_ run: AgentRun) {
        var running = 0
        for event in run.events where event.step != nil {
            if event.event == "step_started" { running += 1 }
            #expect(running <= 1)
            if event.duration_ms != nil { running -= 1 }
        }
        #expect(run.changed.count >= 10)
    }
}
