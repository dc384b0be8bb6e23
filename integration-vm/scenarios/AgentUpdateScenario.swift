import Platform
import Testing

/// A host whose config names the agent that it is to be run by.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct AgentUpdateScenario {
    private static let bin = "\(TestHost.root)/bin"
    private static let pull = "systemctl start host-bootstrap-pull.service"
    /// It says that it is one, takes any config, and ends at once when it is to run.
    private static let broken =
        "#!/bin/sh\ncase $1 in --version | check) exec \(Site.agentInHost) \"$@\" ;; esac\nkill -SEGV $$\n"

    @Test
    func
        `a host goes on as the agent that its config names, and by the one before when that one's run does not end well`()
        async throws
    {
        let token = try await Site.run("hub", "add-host", "agent")
        // The same program by another digest: an ELF file may have anything behind its end.
        let release = "\(Site.distribution)/host-bootstrap-\(OperatingSystem.machine)"
        let newer = try await publish(try Files.read(release, limit: 1 << 30) + Array("newer".utf8), as: "agent-newer")
        let third = try await publish(try Files.read(release, limit: 1 << 30) + Array("third".utf8), as: "agent-third")
        let broken = try await publish(Array(Self.broken.utf8), as: "agent-broken")
        try await TestHost.with("agent", .init()) { host in
            try await host.shell("printf %s '\(token)' | head -n 1 >.hub-token; chmod 600 .hub-token", user: "ops")
                .check()
            let first = try config(newer)
            let run = try await host.agent("apply", config: first)
            #expect(run.exitCode == 0, "\(run.result.errors)")
            #expect(run.result.errors.contains("going on as the agent that the config names"), "\(run.result.errors)")
            #expect(try await digest("host-bootstrap", host) == newer.digest)
            #expect(try await names(host) == ["host-bootstrap", "host-bootstrap.previous"])
            // By the old one once more: it goes on as the one in use, and there is nothing to do.
            let again = try await host.agent("apply", "--json", config: first)
            #expect(again.exitCode == 0 && again.changed.isEmpty, "\(again.result.errors)")
            try await expectPartsGoOnAsNoOther(try config(third), newer, host)
            // What follows it sees nothing of the change; and what the run held, its place among detached ones too, went over.
            let detached = try await host.agent("apply", "--detach", config: try config(third))
            #expect(detached.exitCode == 0, "\(detached.result.errors)")
            #expect(try await digest("host-bootstrap", host) == third.digest)
            #expect(try await digest("host-bootstrap.previous", host) == newer.digest)
            let back = try await host.agent("apply", config: first)
            #expect(back.exitCode == 0, "\(back.result.errors)")
            #expect(try await digest("host-bootstrap.previous", host) == third.digest)
            try await expectBrokenOneGivesWay(broken, newer, host)
            try await expectNothingStays(host)
        }
    }

    /// Root lets the new one in first; until then nothing is tried, and nothing fails.
    @Test func `behind the closed door the host waits for root, and goes on once the new one is there`() async throws {
        let token = try await Site.run("hub", "add-host", "agent-door")
        let release = "\(Site.distribution)/host-bootstrap-\(OperatingSystem.machine)"
        let bytes = try Files.read(release, limit: 1 << 30) + Array("door".utf8)
        let newer = try await publish(bytes, as: "agent-door")
        try await TestHost.with("agent-door", .init()) { host in
            try await host.shell("printf %s '\(token)' | head -n 1 >.hub-token; chmod 600 .hub-token", user: "ops")
                .check()
            try await host.shell("rm /etc/sudoers.d/*ops*; \(Site.agentInHost) install-helper --user ops").check()
            let config = try config(newer, host: "agent-door")
            for _ in 1...2 {
                let run = try await host.agent("apply", config: config)
                #expect(run.exitCode == 0, "\(run.result.errors)")
                #expect(run.result.errors.contains("root's helper is of another version"), "\(run.result.errors)")
            }
            let status = try await host.shell("\(Site.agentInHost) status", user: "ops").output
            #expect(status.contains("status    degraded") && status.contains("install-helper --user ops"), "\(status)")
            try await host.push("\(Site.folder ?? "/tmp")/agent-door", "/root/agent")
            try await host.shell("chmod 755 /root/agent; /root/agent install-helper --user ops").check()
            let run = try await host.agent("apply", config: config)
            #expect(run.exitCode == 0, "\(run.result.errors)")
            #expect(try await digest("host-bootstrap", host) == newer.digest)
        }
    }

    private func expectPartsGoOnAsNoOther(_ config: String, _ inUse: Program, _ host: TestHost) async throws {
        let part = try await host.agent("apply", "--only", "layout", config: config)
        #expect(part.exitCode == 0, "\(part.result.errors)")
        #expect(try await digest("host-bootstrap", host) == inUse.digest)
        #expect(try await host.shell("ls \(TestHost.root)/bootstrap").output.contains("agent-trial") == false)
    }

    private func expectBrokenOneGivesWay(_ broken: Program, _ newer: Program, _ host: TestHost) async throws {
        try await Site.run("hub", "add-host", "agent", "--config", try config(broken))
        _ = try await host.shell(Self.pull)
        #expect(try await digest("host-bootstrap", host) == newer.digest)
        try await host.shell("test -e \(TestHost.root)/bootstrap/agent-trial.json").check()
        let plan = try await host.shell(
            "\(Self.bin)/host-bootstrap plan --config \(TestHost.root)/bootstrap/pull/config.json", user: "ops")
        #expect(plan.output.contains("lacking: ") && plan.output.contains("its run did not end well"), "\(plan.output)")
        // The next look applies the rest of the config by the one in use.
        _ = try await host.shell(Self.pull)
        #expect(try await digest("host-bootstrap", host) == newer.digest)
        let status = try await host.shell("\(Self.bin)/host-bootstrap status", user: "ops").output
        #expect(status.contains("status    degraded"), "\(status)")
        #expect(status.contains("its run did not end well"), "\(status)")
        let look = try await host.shell("\(Self.bin)/host-bootstrap pull --root \(TestHost.root)", user: "ops")
        #expect(look.exitCode == 0 && look.output.contains("degraded: lacking: "), "\(look.output)\(look.errors)")
    }

    /// When the config names none, the one in use stays, alone; and all goes with the host's last things.
    private func expectNothingStays(_ host: TestHost) async throws {
        let run = try await host.agent("apply", config: try config(nil))
        #expect(run.exitCode == 0, "\(run.result.errors)")
        #expect(try await names(host) == ["host-bootstrap"])
        #expect(try await host.shell("ls \(TestHost.root)/bootstrap").output.contains("agent-trial") == false)
        let gone = try await host.shell("\(Site.agentInHost) uninstall", user: "ops")
        #expect(gone.exitCode == 0, "\(gone.output)\(gone.errors)")
        #expect(try await host.shell("ls \(Self.bin)").exitCode != 0)
    }

    // MARK: What there is

    private struct Program {
        let url: String, digest: String
    }

    /// At the hub, among its bundles: the agents there are what stubs take.
    private func publish(_ bytes: [UInt8], as name: String) async throws -> Program {
        let path = "\(Site.folder ?? "/tmp")/\(name)"
        try Files.replace(path, with: bytes, mode: 0o644)
        let words = try await Site.run("hub", "add-bundle", path).split(whereSeparator: \.isWhitespace).map(String.init)
        return Program(url: "https://hub.test\(words[0])", digest: words[1])
    }

    private func config(_ agent: Program?, host: String = "agent") throws -> String {
        let agent = agent.map {
            #", "agent": {"\#(OperatingSystem.machine)": {"url": "\#($0.url)", "sha256": "\#($0.digest)"}}"#
        }
        return try Site.bareConfig(
            host,
            """
            "hub": {"url": "https://hub.test/api/v1/hosts/\(host)/status", "token": {"file": "/home/ops/.hub-token"}},
            "schedule": {"every_minutes": 10080, "mode": "repair"}\(agent ?? "")
            """)
    }

    private func digest(_ name: String, _ host: TestHost) async throws -> String {
        String(try await host.shell("sha256sum <\(Self.bin)/\(name)").check().output.prefix(64))
    }

    private func names(_ host: TestHost) async throws -> [String] {
        try await host.shell("ls \(Self.bin)").check().output.split(separator: "\n").map(String.init).filter {
            $0.hasPrefix("host-bootstrap")
        }
    }
}
