import Platform
import Testing

/// A reboot as a run's last act; that packages ask for it is said here as their scripts say it.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct RebootScenario {
    private static let resumed = "/etc/systemd/system/host-bootstrap-resume-*.service"

    @Test func `a host boots anew when packages ask for it, goes on by itself, and is as the config says`() async throws
    {
        let config = try Site.bareConfig("reboot", #""reboot": "if-required""#)
        try await TestHost.with("reboot", .init()) { host in
            let first = try await host.agent("apply", "--json", config: config)
            #expect(first.exitCode == 0 && !first.changed.contains("reboot"), "\(first.result.errors)")
            try await host.shell("touch /run/reboot-required; echo linux-base >/run/reboot-required.pkgs").check()
            let plan = try await host.agent("plan", config: config)
            #expect(
                plan.exitCode == 7 && plan.result.output.contains("asked for by linux-base"), "\(plan.result.output)")
            let run = try await host.agent("apply", "--json", config: config)
            #expect(run.exitCode == 0 && run.changed.contains("reboot"), "\(run.result.errors)")
            #expect(run.result.errors.contains("boots anew in five seconds"), "\(run.result.errors)")
            try #require(try await hasBooted(host))
            let followed = try await host.run(Site.agentInHost, "status", "--follow", user: TestHost.user)
            #expect(followed.exitCode == 0, "\(followed.output)\(followed.errors)")
            #expect(
                "\(followed.output)\(followed.errors)".contains("the host matches the config"),
                "\(followed.output)\(followed.errors)")
            #expect(
                try await host.shell("ls \(Self.resumed) /etc/systemd/system/multi-user.target.wants/host-*").output
                    == "")
            #expect(try await host.agent("plan", config: config).exitCode == 0)
            try await expectOneReboot(host, config)
        }
    }

    /// Whoever asks again at each boot would have the host boot for ever.
    private func expectOneReboot(_ host: TestHost, _ config: String) async throws {
        try await host.shell("touch /run/reboot-required").check()
        let run = try await host.agent("apply", "--json", config: config)
        #expect(run.exitCode == 0 && run.changed.isEmpty, "\(run.result.errors)")
        #expect(run.result.output.contains("is not done once more"), "\(run.result.output)")
    }

    /// The host shuts down by itself; what starts a machine again that asks for it is here the test.
    private func hasBooted(_ host: TestHost) async throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            if try await host.shell("true").errors.contains("does not run") {
                return try await TestHost.testhost(["boot", host.name]).succeeded
            }
            try await Task.sleep(for: .milliseconds(500))
        }
        return false
    }
}
