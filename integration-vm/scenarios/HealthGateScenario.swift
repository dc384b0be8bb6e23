import Platform
import Testing

/// A new version whose service does not become healthy.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct HealthGateScenario {
    private static let bad = "1.2.0-broken"
    private static let service = "service-project-host"
    private static let state =
        "basename $(readlink \(TestHost.root)/bundle); curl -fsS http://127.0.0.1:9100/status | jq -r .version; ls \(TestHost.root)/.bootstrap_done 2>/dev/null | wc -l"

    @Test func `a version that is not healthy gives way to the last one that was, and is not tried again by itself`()
        async throws
    {
        try await Site.run("add", "gate", "1.0.0")
        let good = try await config("1.0.0")
        let bad = try await config(Self.bad)
        try await TestHost.with("gate", .init()) { host in
            try await expectPlainFailureWithoutAnOlderVersion(host, bad)
            #expect(try await host.agent("apply", config: good).exitCode == 0)
            #expect(try await host.shell(Self.state).output == "1.0.0\n1.0.0\n1\n")
            try await expectOlderVersionComesBack(host, bad)
            try await expectItStays(host, bad)
            try await expectAnotherTry(host, bad)
            try await expectDeathLeavesTheWayBack(host, bad)
            try await expectNeverMeansNever(host, bad)
            let newer = try await config("1.1.0")
            let run = try await host.agent("apply", config: newer)
            #expect(run.exitCode == 0, "\(run.result.errors)")
            #expect(try await host.shell(Self.state).output == "1.1.0\n1.1.0\n1\n")
            #expect(try await host.agent("plan", config: newer).exitCode == 0)
        }
    }

    private func expectPlainFailureWithoutAnOlderVersion(_ host: TestHost, _ bad: String) async throws {
        let run = try await host.agent("apply", "--json", config: bad)
        #expect(run.exitCode == 1)
        let words = "there is no healthy version to go back to from project-host \(Self.bad)"
        #expect(run.events.contains { $0.step == Self.service && $0.message?.hasPrefix("warning: \(words)") == true })
        #expect(run.events.last?.message?.contains("; \(words)") == true, "\(run.result.errors)")
    }

    private func expectOlderVersionComesBack(_ host: TestHost, _ bad: String) async throws {
        let run = try await host.agent("apply", "--json", config: bad)
        #expect(run.exitCode == 1, "\(run.result.errors)")
        let way = "project-host went back from \(Self.bad) to 1.0.0, and is healthy"
        let failure = run.events.last { $0.event == "step_failed" && $0.step == Self.service }
        #expect(failure?.error?.contains(way) == true && failure?.error?.contains("503") == true, "\(failure as Any)")
        #expect(failure?.hint?.contains("--retry-version") == true)
        #expect(run.events.last?.message?.hasSuffix("; \(way)") == true, "\(run.events.last?.message ?? "")")
        #expect(try await host.shell(Self.state).output == "1.0.0\n1.0.0\n0\n")
        #expect(try await host.shell("systemctl is-active side").output == "active\n")
        let status = try await host.shell("\(Site.agentInHost) status --root \(TestHost.root)", user: "ops").output
        #expect(status.contains("bundle    project-host 1.0.0, instead of \(Self.bad), which was not healthy on "))
        #expect(status.contains("failed    \(Self.service)") && status.contains(way), "\(status)")
    }

    private func expectItStays(_ host: TestHost, _ bad: String) async throws {
        let run = try await host.agent("apply", "--json", config: bad)
        #expect(run.exitCode == 0 && run.changed == ["finish"], "\(run.result.errors)")
        let words = "project-host stays at 1.0.0: \(Self.bad), which the config leads to, was not healthy on "
        #expect(run.result.errors.contains(words), "\(run.result.errors)")
        #expect(run.result.errors.contains("the host matches the config, except for bundle-links: "))
        #expect(try await host.shell(Self.state).output == "1.0.0\n1.0.0\n1\n")
        let plan = try await host.agent("plan", config: bad)
        #expect(plan.exitCode == 0 && plan.result.output.contains("lacking: \(words)"), "\(plan.result.output)")
        let again = try await host.agent("plan", "--retry-version", config: bad)
        #expect(again.exitCode == 7 && again.result.output.contains("current: 1.0.0 -> \(Self.bad)"))
    }

    private func expectAnotherTry(_ host: TestHost, _ bad: String) async throws {
        let run = try await host.agent("apply", "--retry-version", "--no-parallel", "--json", config: bad)
        #expect(run.exitCode == 1, "\(run.result.errors)")
        let words = "project-host \(Self.bad) is not healthy: going back to 1.0.0"
        #expect(run.events.contains { $0.message == "warning: \(words)" }, "\(run.result.errors)")
        // It ran with the files of the other version, whatever its address answers.
        #expect(run.result.errors.contains("project-host.service: started before its files changed -> restarted"))
        #expect(try await host.shell(Self.state).output == "1.0.0\n1.0.0\n0\n")
    }

    /// Killed while the new version is tried, while it is undone, or told to stop there: the next run ends with the old one.
    private func expectDeathLeavesTheWayBack(_ host: TestHost, _ bad: String) async throws {
        let agent = "\(Site.agentInHost) apply --retry-version --config /home/ops/host.json 2>/tmp/told"
        // How long after the words the signal comes.
        for (signal, words, seconds) in [
            ("KILL", "bundle-links", "0.5"), ("KILL", "going back", "0.3"), ("TERM", "going back", "0.3"),
        ] {
            let line = """
                : >/tmp/told; \(agent) & while kill -0 $! && ! grep -q '\(words)' /tmp/told; do sleep 0.02; done
                sleep \(seconds); kill -\(signal) $!; wait $!; echo $?
                """
            let death = try await host.shell(line, user: TestHost.user)
            #expect(death.output == (signal == "KILL" ? "137\n" : "143\n"), "\(words) \(death.errors)")
            #expect(try await host.shell("ls \(TestHost.root)/.bootstrap_done").exitCode != 0)
            let next = try await host.agent("apply", config: bad)
            // What was not known yet to be bad is tried once more.
            #expect(next.exitCode == (words == "going back" ? 0 : 1), "\(signal) \(words) \(next.result.errors)")
            let rest = try await host.agent("apply", "--json", config: bad)
            #expect(
                rest.exitCode == 0 && rest.result.errors.contains("\(Self.bad), which the config leads to, was not"))
            let state = try await host.shell(Self.state).output
            #expect(state == "1.0.0\n1.0.0\n1\n", "\(signal) \(words) \(seconds)")
        }
    }

    /// Then, with the policy gone, the same version is undone that came before.
    private func expectNeverMeansNever(_ host: TestHost, _ bad: String) async throws {
        let never = try await config(Self.bad, "services.0.rollback=\"never\"")
        let run = try await host.agent("apply", "--retry-version", config: never)
        #expect(run.exitCode == 1 && !run.result.errors.contains("going back"), "\(run.result.errors)")
        #expect(try await host.shell(Self.state).output == "\(Self.bad)\n\(Self.bad)\n0\n")
        #expect(try await host.agent("apply", config: bad).exitCode == 1)
        #expect(try await host.shell(Self.state).output == "1.0.0\n1.0.0\n0\n")
    }

    /// A config of 1.0.0 but for the project host's version; a second service stays up beside it.
    private func config(_ version: String, _ changes: String...) async throws -> String {
        let archive = "\(Site.folder ?? "")/bundles/project-host-\(version).tar.xz"
        let digest = try Files.text("\(archive).sha256")?.prefix { $0 != " " } ?? ""
        return try await Site.config(
            "gate",
            changes: [
                "bundle_urls.project-host=\"https://hub.test/artifacts/bundles/project-host-\(version).tar.xz\"",
                "bundle_checksums.project-host=\"\(digest)\"", "services.0.health.timeout_seconds=2", "hub=",
                "services.1={\"unit\":\"side.service\",\"content\":\"[Service]\\nExecStart=/bin/sleep infinity\\n\"}",
                "btrfs_image_target_gb=", "apt_packages=[\"jq\"]",
            ] + changes)
    }
}
