import Platform
import Testing

/// Runs that are killed without warning.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct CrashScenario {
    @Test func `killed again and again in the middle, and with the whole host once, a run still converges`()
        async throws
    {
        try await Site.run("add", "crash", "1.0.0")
        let config = try await Site.config("crash")
        try await TestHost.with("crash", .init()) { host in
            try await host.push(config, "/home/ops/host.json")
            for seconds in ["0.3", "0.8", "1.6", "2.4"] {
                let run = try await host.shell(
                    "timeout -s KILL \(seconds) \(Site.agentInHost) apply --config host.json", user: "ops")
                #expect(run.exitCode == 137)
            }
            async let dying = host.shell("\(Site.agentInHost) apply --config host.json", user: "ops")
            try await Task.sleep(for: .seconds(2))
            try await host.dieAndBoot()
            _ = try? await dying
            let run = try await host.agent("apply", "--json", config: config)
            #expect(run.exitCode == 0, "\(run.result.errors)")
            #expect(try await host.agent("apply", "--json", config: config).changed.isEmpty)
            #expect(try await host.shell("curl -fsS http://127.0.0.1:9100/health").output == "\"ok\"")
            let left = try await host.shell(
                "find \(TestHost.root)/bundles /home/ops/.nvm -name '.staging-*'; ls \(TestHost.root)/bootstrap/downloads /var/lib/host-bootstrap"
            )
            #expect(
                !left.output.contains("staging") && !left.output.contains(".tar") && !left.output.contains(".new"),
                "\(left.output)")
        }
    }

    @Test func `a second run is told who holds the lock, and SIGTERM stops the first in order`() async throws {
        try await Site.run("add", "lock", "1.0.0")
        // A service that never answers keeps the first run busy until it is stopped.
        let slow = try await Site.config(
            "lock", "services.0.health.urls=[\"http://127.0.0.1:9/\"]", "services.0.health.timeout_seconds=600")
        let good = try await Site.config("lock")
        try await TestHost.with("lock", .init()) { host in
            async let first = host.agent("apply", "--json", config: slow)
            try await waitUntilServiceStarts(host)
            try await host.push(good, "/home/ops/good.json")
            let second = try await host.shell("\(Site.agentInHost) apply --config good.json", user: "ops")
            #expect(second.exitCode == 6)
            #expect(second.errors.contains("another run holds the lock: process "))
            try await host.shell("pkill -TERM -u ops -x host-bootstrap").check()
            let stopped = try await first
            #expect(stopped.exitCode == 143, "\(stopped.result.errors)")
            #expect(stopped.events.last?.event == "run_finished")
            #expect(stopped.events.last?.message?.hasPrefix("stopped after ") == true)
            #expect(try await host.shell("pgrep -c -x host-bootstrap").output == "0\n")
            #expect(try await host.agent("apply", "--json", config: good).exitCode == 0)
            try await expectNoWaitForASlowUnit(host, good)
        }
    }

    /// Stopped while systemd still starts a unit, a run ends at once and leaves the unit to systemd.
    private func expectNoWaitForASlowUnit(_ host: TestHost, _ config: String) async throws {
        let drop = "/etc/systemd/system/project-host.service.d"
        try await host.shell(
            "mkdir \(drop); printf '[Service]\nExecStartPre=/bin/sleep 80\n' >\(drop)/slow.conf; systemctl daemon-reload; systemctl stop project-host"
        ).check()
        async let run = host.agent("apply", "--json", config: config)
        let state = "systemctl show -P ActiveState project-host"
        try await host.shell("until [ $(\(state)) = activating ]; do sleep 0.1; done").check()
        try await host.shell("pkill -TERM -u ops -x host-bootstrap").check()
        let stopped = try await run
        #expect(stopped.exitCode == 143, "\(stopped.result.errors)")
        #expect(try await host.shell(state).output == "activating\n")
        try await host.shell("rm -r \(drop); systemctl daemon-reload; systemctl stop project-host").check()
        #expect(try await host.agent("apply", "--json", config: config).exitCode == 0)
    }

    private func waitUntilServiceStarts(_ host: TestHost) async throws {
        let log = "\(TestHost.root)/logs/bootstrap.log"
        for _ in 0..<600 {
            if try await host.shell("grep -q 'waiting until project-host' \(log)").succeeded { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record("the service's step did not begin within a minute")
    }
}
