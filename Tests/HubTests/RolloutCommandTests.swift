import Digests
import JSON
import Platform
import Testing

@testable import Hub

/// Roll-outs as they are typed, read and asked for.
@Suite struct RolloutCommandTests {
    /// A host's config with a bundle that the hub has.
    private static func config(_ host: String, _ bundle: Artifact, url: String? = nil) -> String {
        """
        {
          "bootstrap_user": "ops", "bootstrap_root": "/home/ops/host", "host_id": "\(host)",
          "hub": {"url": "https://hub.test/api/v1/hosts/\(host)/status", "token": {"file": "/home/ops/.hub-token"}},
          "schedule": {"every_minutes": 5, "mode": "repair"},
          "bundles": {"tools": {"url": "\(url ?? "https://hub.test\(bundle.urlPath)")",
                                "checksum": "\(bundle.digest.hex)", "size": \(bundle.size)}}
        }
        """
    }

    @Test func `a bundle's new version goes to a group by a few words, and back by two`() async throws {
        try await LiveHub.with { hub in
            let data = "\(hub.folder)/data"
            let old = try hub.hub.addBundle(hub.file("tools-1.2-x86_64.tar.zst", [1]))
            let new = try hub.hub.addBundle(hub.file("tools-1.3-x86_64.tar.zst", [2, 3]))
            // Others that are called nearly so.
            for name in ["tools-1.3.1-x86_64.tar.zst", "tools-1.3.tar.zst", "tools-1.3-aarch64.tar.zst"] {
                _ = try hub.hub.addBundle(hub.file(name, [4]))
            }
            for host in ["h1", "h2"] { _ = try hub.host(host, config: Self.config(host, old)) }
            let labelled = try await HubProgram.run("label", "h1", "web", "zone=a", "--data", data)
            #expect(labelled.exitCode == 0 && labelled.errors.contains("has the labels web,zone=a"))
            #expect(try await HubProgram.run("list-hosts", "--data", data).output.contains("\tweb,zone=a\n"))
            let started = try await HubProgram.run(
                "rollout", "start", "--group", "web", "--bundle", "tools=1.3", "--max-failed", "1", "--data", data)
            #expect(started.exitCode == 0 && started.output == "1\n", "\(started.errors)")
            #expect(started.errors.contains("roll-out 1: 1 hosts"), "\(started.errors)")
            try await Self.until { try hub.hub.store.rollouts().first?.wavesBegun == 1 }
            let given = try #require(try hub.hub.store.record(of: HostID("h1"))?.config)
            // Nothing but address, digest and length is another.
            #expect(String(decoding: given, as: UTF8.self) == Self.config("h1", new))
            #expect(
                String(decoding: try hub.hub.store.record(of: HostID("h2"))?.config ?? [], as: UTF8.self)
                    == Self.config("h2", old))
            let status = try await HubProgram.run("rollout", "status", "--data", data)
            #expect(status.output.contains("1 running: waits for 1 host"), "\(status.output)")
            #expect(status.output.contains("tools 1.3 for web: 1 of 1 hosts have it"), "\(status.output)")
            let listed = try await hub.get("/api/v1/rollouts").json
            #expect(listed?[0]?["status"]?.text == "running" && listed?[0]?["waves"]?[0]?["hosts"] == .integer(1))
            let one = try await hub.get("/api/v1/rollouts/1").json
            #expect(one?["hosts"]?[0]?["host_id"]?.text == "h1" && one?["change"]?.text == "tools 1.3")
            #expect(try await hub.get("/api/v1/rollouts/2").status == 404)
            #expect(try await hub.get("/metrics").body.contains("bootstrap_hub_rollouts{status=\"running\"} 1\n"))
            #expect(try await HubProgram.run("rollout", "pause", "--data", data).exitCode == 0)
            #expect(try await hub.get("/api/v1/rollouts/1").json?["status"]?.text == "paused")
            let aborted = try await HubProgram.run("rollout", "abort", "1", "--data", data)
            #expect(aborted.exitCode == 0 && aborted.errors.contains("given back"), "\(aborted.errors)")
            #expect(
                String(decoding: try hub.hub.store.record(of: HostID("h1"))?.config ?? [], as: UTF8.self)
                    == Self.config("h1", old))
            let acts = try hub.hub.audit(last: 100).map { "\($0.fields[1]) \($0.fields[2]) \($0.fields[3])" }
            #expect(
                acts.suffix(2).first == "rollout 1 config_changed h1" || acts.contains("rollout 1 config_changed h1"))
            #expect(acts.contains("hub wave_begun rollout 1"))
            #expect(
                try await HubProgram.run("rollout", "resume", "--data", data).errors.contains("no roll-out is open"))
        }
    }

    /// What is typed, the exit code, and what is told.
    @Test(
        arguments: [
            (["start"], 2, "--group is missing"),
            (["start", "--group", "web"], 2, "--config, --bundle or --agents is missing"),
            (["start", "--group", "web", "--config", "f", "--bundle", "a=1"], 2, "only one of --config and --bundle"),
            (["start", "--group", "web", "--bundle", "a"], 2, "write NAME=VERSION"),
            (["start", "--group", "web", "--bundle", "tools=9"], 1, "this hub has no version 9 of it"),
            (["start", "--group", "web", "--bundle", "other=1"], 1, "has no \"bundles.other\""),
            (["start", "--group", "none", "--bundle", "tools=9"], 1, "no host has these labels"),
            (["start", "--group", "web", "--config", "/nowhere"], 1, "/nowhere"),
            (["start", "--group", "web", "--bundle", "tools=9", "--window", "never"], 2, "not a window"),
            (["start", "--group", "web", "--bundle", "tools=9", "--soak", "long"], 2, "10m"),
            (["status", "--group", "web"], 2, "unexpected argument"), (["status", "x"], 2, "a roll-out's number"),
            (["status"], 1, "there is no roll-out"), (["pause", "7"], 1, "roll-out 7 is not open"),
            (["begin"], 2, "rollout: there is no \"begin\""), (["strt"], 2, "did you mean \"start\"?"),
            (["status", "--json=x"], 2, "--json takes no value"), ([], 2, "is missing"),
        ] as [([String], Int32, String)])
    func `what cannot be done is told with what can`(words: [String], code: Int32, told: String) async throws {
        try await LiveHub.with { hub in
            let bundle = try hub.hub.addBundle(hub.file("tools-1.2.tar.zst", [1]))
            _ = try hub.host("h1", config: Self.config("h1", bundle))
            _ = try hub.hub.label(HostID("h1"), [LabelChange("web")])
            let result = try await HubProgram.run(["rollout"] + words + ["--data", "\(hub.folder)/data"])
            #expect(result.exitCode == code && result.errors.contains(told), "\(result.exitCode) \(result.errors)")
            #expect(result.output.isEmpty)
            #expect(try hub.hub.store.rollouts().isEmpty)
        }
    }

    @Test func `a whole config is each host's own, from one file or from one for each`() async throws {
        try await LiveHub.with { hub in
            let bundle = try hub.hub.addBundle(hub.file("tools-1.2.tar.zst", [1]))
            for host in ["h1", "h2"] { _ = try hub.host(host, config: Self.config(host, bundle)) }
            let other = Self.config("template", bundle).replacingBytes(
                "\"every_minutes\": 5", with: "\"every_minutes\": 7")
            let file = try hub.file("new.json", Array(other.utf8))
            let fresh = try hub.hub.newConfig(
                .config(path: file), for: HostID("h2"), from: try #require(try hub.hub.store.record(of: HostID("h2"))))
            let read = try JSONNode(try #require(fresh.config))
            #expect(read["host_id"]?.text == "h2" && read["hub"]?["url"]?.text?.contains("/hosts/h2/") == true)
            #expect(read["schedule"]?["every_minutes"]?.kind == .number("7"))
            #expect(read["bundles"]?["tools"]?["checksum"]?.text == bundle.digest.hex)
            _ = try await Reply.bash("mkdir \(hub.folder)/each")
            _ = try hub.file("each/h1.json", Array(Self.config("h1", bundle).utf8))
            let missing = #expect(throws: HubError.self) {
                try LiveHub.start(hub.hub, .config(path: "\(hub.folder)/each"), group: "all")
            }
            #expect(missing?.explanation.place?.hasSuffix("/each/h2.json") == true)
            _ = try hub.file("each/h2.json", Array("\(Self.config("h2", bundle))\n".utf8))
            let started = try LiveHub.start(hub.hub, .config(path: "\(hub.folder)/each"), group: "all")
            #expect(started.waves == [1] && started.leftOut == 1)
        }
    }

    @Test func `hosts that would refuse the new config are not given it, and who takes none is told`() async throws {
        try await LiveHub.with { hub in
            let old = #"{"bootstrap_user": "ops", "bootstrap_root": "/home/ops/host", "host_id": "h1"}"#
            _ = try hub.host("h1", config: old)
            let file = try hub.file("new.json", Array(old.replacingBytes("ops", with: "boot").utf8))
            let started = try LiveHub.start(hub.hub, .config(path: file), group: "all")
            #expect(started.warnings.contains { $0.contains("1 hosts do not take a config from here by themselves") })
            _ = try hub.hub.order(.abort, nil)
            let key = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
            try Files.replace("\(hub.folder)/data/config-keys", with: Array("\(key)\n".utf8), mode: 0o644)
            let error = #expect(throws: HubError.self) {
                try LiveHub.start(hub.hub, .config(path: file), group: "all")
            }
            #expect(error == .rollout(.unsigned(host: "h1", doubt: "is not signed")))
        }
    }

    private static func until(_ isTrue: () throws -> Bool) async throws {
        for _ in 0..<300 where try !isTrue() { try await Task.sleep(for: .milliseconds(100)) }
        #expect(try isTrue())
    }
}
