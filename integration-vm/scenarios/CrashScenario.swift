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
            for seconds in ["0.4", "1.5", "3", "6"] {
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
                "find \(TestHost.root)/bundles -name '.staging-*'; ls \(TestHost.root)/bootstrap/downloads /var/lib/host-bootstrap"
            )
            #expect(
                !left.output.contains("staging") && !left.output.contains(".tar") && !left.output.contains(".new"),
                "\(left.output)")
        }
    }

    @Test func `a second run is told who holds the lock, and SIGTERM stops the first in order`() async throws {
        try await Site.run("add", "lock", "1.0.0")
        let config = try await Site.config("lock")
        try await TestHost.with("lock", .init()) { host in
            try await host.push(config, "/home/ops/host.json")
            async let first = host.shell(
                "timeout -s TERM 5 \(Site.agentInHost) apply --config host.json --json", user: "ops")
            try await Task.sleep(for: .seconds(2))
            let second = try await host.agent("apply", config: config)
            #expect(second.exitCode == 6)
            #expect(second.result.errors.contains("another run holds the lock: process "))
            // timeout(1) itself says 124 for a command that it had to stop, unless told to preserve the status.
            let stopped = AgentRun(try await first)
            #expect(stopped.exitCode == 124)
            #expect(stopped.events.last?.event == "run_finished")
            #expect(try await host.shell("pgrep -c 'apt-get|dpkg|host-bootstrap'").output == "0\n")
            #expect(try await host.agent("apply", "--json", config: config).exitCode == 0)
        }
    }
}
