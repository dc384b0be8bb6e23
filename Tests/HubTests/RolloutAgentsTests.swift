import Digests
import HostConfig
import JSON
import Platform
import Testing

@testable import Hub

/// The hub's agents, given to hosts by roll-outs.
@Suite struct RolloutAgentsTests {
    private static func config(_ host: String, hub: Bool = true, agent: String = "") -> String {
        let hub =
            hub
            ? #", "hub": {"url": "https://hub.test/api/v1/hosts/\#(host)/status", "token": {"file": "/home/ops/.hub-token"}}"#
            : ""
        return """
            {
              "bootstrap_user": "ops", "bootstrap_root": "/home/ops/host", "host_id": "\(host)"\(hub)\(agent),
              "schedule": {"every_minutes": 5, "mode": "repair"\(hub.isEmpty ? ", \"config_url\": \"https://a.example/c\"" : "")}
            }

            """
    }

    @Test func `a group's configs name the hub's agents then, and no other byte of them is another`() async throws {
        try await LiveHub.with { hub in
            let old = try hub.hub.addBinary(hub.file("host-bootstrap-x86_64", IntakeTests.elf(62)))
            let named =
                #", "agent": {"x86_64": {"url": "https://hub.test\#(old.urlPath)", "sha256": "\#(old.digest.hex)"}}"#
            let new = try hub.hub.addBinary(hub.file("host-bootstrap-x86_64", IntakeTests.elf(62) + [1]))
            let other = try hub.hub.addBinary(hub.file("host-bootstrap-aarch64", IntakeTests.elf(183)))
            _ = try hub.host("h1", config: Self.config("h1"))
            _ = try hub.host("h2", config: Self.config("h2", agent: named))
            let started = try await HubProgram.run(
                "rollout", "start", "--group", "all", "--agents", "--waves", "100%", "--data", "\(hub.folder)/data")
            #expect(started.exitCode == 0 && started.output == "1\n", "\(started.errors)")
            for _ in 0..<100 where try hub.hub.store.rollouts().first?.wavesBegun != 1 {
                try await Task.sleep(for: .milliseconds(100))
            }
            for host in ["h1", "h2"] {
                let given = try #require(try hub.hub.store.record(of: HostID(host))?.config)
                let configuration = try HostConfiguration.load(given, file: host).get()
                #expect(configuration.agent[.x86_64]?.digest == new.digest)
                #expect(configuration.agent[.x86_64]?.url.text == "https://hub.test\(new.urlPath)")
                #expect(configuration.agent[.aarch64]?.digest == other.digest)
            }
            let second = try #require(try hub.hub.store.record(of: HostID("h2"))?.config)
            let present = Self.config("h2", agent: named)
            let member = try JSONNode(second)["agent"].map { second[$0.extent(in: second)] } ?? []
            let before = try #require(
                present.utf8.split(separator: UInt8(ascii: "\n")).first { $0.contains(UInt8(ascii: "a")) })
            #expect(!member.isEmpty && second.starts(with: Array("{\n".utf8) + before.prefix(60)))
            // Nobody is given what it has.
            let again = try await HubProgram.run(
                "rollout", "start", "--group", "all", "--agents", "--data", "\(hub.folder)/data")
            #expect(again.exitCode == 1, "\(again.errors)")
        }
    }

    @Test func `without an agent at the hub, or a hub in the config, nothing begins`() async throws {
        try await LiveHub.with { hub in
            _ = try hub.host("h1", config: Self.config("h1", hub: false))
            let words = ["rollout", "start", "--group", "all", "--agents", "--data", "\(hub.folder)/data"]
            #expect(try await HubProgram.run(words).errors.contains("this hub has no agent"))
            _ = try hub.hub.addBinary(hub.file("host-bootstrap-x86_64", IntakeTests.elf(62)))
            #expect(try await HubProgram.run(words).errors.contains("h1: its config has no \"hub\""))
            #expect(try hub.hub.store.rollouts().isEmpty)
        }
    }
}
