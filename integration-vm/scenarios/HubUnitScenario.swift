import Platform
import Testing

/// The hub as the release's units run it, with no more rights than it needs.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct HubUnitScenario {
    private static let data = "/var/lib/bootstrap-hub"
    private static let hub = "http://127.0.0.1:8002"

    @Test func `run by its unit, the hub does all that it does, beside what root's commands do to its folder`()
        async throws
    {
        try await TestHost.with("hub-unit", .init()) { host in
            try await install(on: host)
            // The socket's first connection starts it.
            #expect(try await host.shell("curl -fsS \(Self.hub)/health").output.contains("healthy"))
            let exposure = try await host.shell(
                "systemd-analyze security bootstrap-hub.service --threshold=20 --no-pager")
            #expect(exposure.exitCode == 0, "\(exposure.output.suffix(200))\(exposure.errors)")
            try await expectItServes(host)
            try await host.shell("systemctl restart bootstrap-hub").check()
            try await expectItServes(host)
            try await expectLogIn(host)
            let told = try await host.shell(
                "journalctl -u bootstrap-hub -o cat | grep -iE 'not permitted|denied|read-only|signal'; systemctl show -P NRestarts bootstrap-hub"
            )
            #expect(told.output == "0\n", "\(told.output)")
        }
    }

    private func install(on host: TestHost) async throws {
        try await host.push(
            "\(Site.distribution)/bootstrap-hub-\(OperatingSystem.machine)", "/usr/local/bin/bootstrap-hub")
        for unit in ["bootstrap-hub.service", "bootstrap-hub.socket"] {
            try await host.push("\(Site.distribution)/\(unit)", "/etc/systemd/system/\(unit)")
        }
        try await host.shell("systemctl daemon-reload && systemctl enable --now bootstrap-hub.socket").check()
    }

    /// From the first user on, reading asks for one; the password goes by standard input, and is nowhere in clear.
    private func expectLogIn(_ host: TestHost) async throws {
        let code = "curl -sS -o /dev/null -w '%{http_code} '"
        let line = """
            cd /root; \(code) \(Self.hub)/api/v1/hosts
            echo 'correct horse battery' | bootstrap-hub add-user anna --role operator --data \(Self.data) 2>/dev/null
            \(code) \(Self.hub)/api/v1/hosts
            \(code) --data '{"name": "anna", "password": "wrong"}' \(Self.hub)/api/v1/session
            \(code) -c jar --data '{"name": "anna", "password": "correct horse battery"}' \(Self.hub)/api/v1/session
            \(code) -b jar \(Self.hub)/api/v1/hosts; \(code) \(Self.hub)/health
            until bootstrap-hub audit --data \(Self.data) | grep -q logged_in; do sleep 0.2; done
            bootstrap-hub audit --data \(Self.data) | cut -f 2,3,4 | grep anna; grep -rl 'correct horse' \(Self.data)/ || echo nowhere
            bootstrap-hub remove-user anna --data \(Self.data); \(code) -b jar \(Self.hub)/api/v1/hosts
            """
        let result = try await host.shell(line)
        #expect(
            result.output == """
                200 401 401 200 200 200 root\tuser_added\tanna
                stranger\tlog_in_refused\tanna
                anna\tlogged_in\tanna
                nowhere
                200\u{20}
                """, "\(result)")
    }

    /// A new host, whose report, artifact and upload it takes and shows.
    private func expectItServes(_ host: TestHost) async throws {
        let name = "h\(UInt32.random(in: 0 ... .max))"
        let token = try await host.shell("bootstrap-hub add-host \(name) --data \(Self.data)").check().output
        let secret = try #require(token.split(whereSeparator: \.isWhitespace).last)
        let report = """
            {"host_id": "\(name)", "run_id": "r1", "sequence": 1, "phase": "install", "percent": 5, "status": "running",
             "message": "under way", "steps": [], "events": []}
            """
        let kept = try await host.shell(
            """
            curl -sS -w '%{http_code}' -H 'Authorization: Bearer \(secret)' -H 'Content-Type: application/json' \
                --data '\(report)' \(Self.hub)/api/v1/hosts/\(name)/status
            """)
        #expect(kept.output.hasSuffix("200"), "\(kept.output)")
        #expect(try await host.shell("curl -fsS \(Self.hub)/api/v1/hosts/\(name)").output.contains("under way"))
        let artifact = try await host.shell(
            "head -c 100000 /dev/urandom >/root/\(name).tar && bootstrap-hub add-bundle /root/\(name).tar --data \(Self.data) && curl -fsS \(Self.hub)/artifacts/bundles/\(name).tar | cmp - /root/\(name).tar"
        )
        #expect(artifact.succeeded, "\(artifact.output)\(artifact.errors)")
        #expect(try await host.shell("bootstrap-hub backup /root/\(name).db --data \(Self.data)").succeeded)
        #expect(try await host.shell("curl -fsS \(Self.hub)/metrics").output.contains("bootstrap_hub_"))
    }
}
