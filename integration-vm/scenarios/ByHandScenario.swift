import Platform
import Testing

/// A fresh Debian 13 host, provisioned by a person who types the command that the hub prints, one step at a time.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct ByHandScenario {
    @Test func `the join command typed by hand, step by step, ends in the same tree as a parallel run, and works once`()
        async throws
    {
        try await Site.run("add", "twin", "1.0.0")
        let paths =
            [
                "bin", "bundles", "bundle", "config", "README", ".bootstrap_done",
            ].map { "\(TestHost.root)/\($0)" } + [
                "/home/ops/.nvm/versions", "/home/ops/.nvm/alias", "/etc/cocalc", "/etc/systemd/system",
            ]
        let serial = try await TestHost.with("by-hand", .init(release: "trixie")) { host in
            let join = try await Site.run("join", "twin")
            let run = try await host.shell("export BOOTSTRAP_ARGS='--no-parallel --json'; \(join)", user: "ops")
            let agent = AgentRun(run)
            #expect(run.exitCode == 0, "\(run.errors)")
            expectOneAtATime(agent)
            try await expectOnlyTheToken(host, join)
            try await expectNamesKept(host)
            return try await comparable(host, paths)
        }
        let parallel = try await TestHost.with("at-once", .init(release: "trixie")) { host in
            // As root, who becomes the bootstrap user.
            let run = try await host.shell(try await Site.run("join", "twin"))
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

    /// Two names that look alike are packed, verified and installed as two files by the program that a host has.
    private func expectNamesKept(_ host: TestHost) async throws {
        let line = """
            set -e; cd; mkdir names; agent="\(TestHost.root)/bin/host-bootstrap bundle"
            printf one >"names/$(printf 'e\\314\\201')"; printf two >"names/$(printf '\\303\\251')"
            $agent pack names --name names --bundle-version 1 --output names.tar.zst; $agent verify names.tar.zst
            $agent install "file://$PWD/names.tar.zst" --into there --no-verify; diff -r names there || [ $? = 1 ]
            cat there/e*; cat there/[!em]*; rm -r names names.tar.zst* there
            """
        let result = try await host.shell(line, user: "ops")
        #expect(result.exitCode == 0 && result.output.hasSuffix("Only in there: manifest.json\nonetwo"), "\(result)")
    }

    /// Nobody else reads the config, the join token is used up, and the host's own token opens the config again.
    private func expectOnlyTheToken(_ host: TestHost, _ join: String) async throws {
        let config = "https://hub.test/bootstrap/twin/config.json"
        let proof = #"printf 'header="Authorization: Bearer %s"\n' "$(cat ~ops/.hub-token)""#
        let code = "curl -sS -o /dev/null -w '%{http_code} '"
        let log = "grep -c -e Bearer -e $(cat ~ops/.hub-token) \(TestHost.root)/bootstrap/bootstrap.log"
        let line =
            "stat -c '%a %U' ~ops/.hub-token; \(code) \(config); \(proof) | \(code) -K - \(config); \(join)\(log)"
        let answers = try await host.shell(line)
        #expect(answers.output.hasPrefix("600 ops\n401 200 "), "\(answers)")
        #expect(answers.errors.contains("401") && answers.output.hasSuffix("0\n"), "\(answers)")
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
