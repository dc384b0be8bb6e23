import Platform
import Testing

/// A bundle that has never heard of a project host: its own name, its own unit, from a place for each architecture.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct BundlesScenario {
    /// Packs a version of it on the host, and prints its digest.
    private static func pack(_ version: String) -> String {
        """
        mkdir -p /srv/web/bin && cd /srv && printf '#!/bin/sh\\necho web \(version)\\nexec sleep infinity\\n' >web/bin/web &&
        chmod 755 web/bin/web && printf '[Service]\\nUser=@BOOTSTRAP_USER@\\nExecStart=@BOOTSTRAP_ROOT@/bundles/web/current/bin/web\\n' >web/web.service &&
        \(Site.agentInHost) bundle pack web --name web --bundle-version \(version) --output web-\(version).tar.zst >/dev/null &&
        sha256sum web-\(version).tar.zst | cut -c1-64
        """
    }

    private static func config(_ bundle: String) throws -> String {
        try Site.bareConfig(
            "bundles",
            #""bundles": {"web": \#(bundle)}, "services": [{"unit": "web.service", "bundle": "web", "path": "web.service"}]"#
        )
    }

    @Test func `a bundle of one's own name is installed, runs its unit, is upgraded, and leaves with the config`()
        async throws
    {
        try await TestHost.with("bundles", .init()) { host in
            let digests = [
                try await host.shell(Self.pack("1.0.0")).check().output,
                try await host.shell(Self.pack("1.1.0")).check().output,
            ].map { $0.filter { !$0.isWhitespace } }
            let first = try Self.config(#"{"url": "file:///srv/web-1.0.0.tar.zst", "checksum": "\#(digests[0])"}"#)
            let run = try await host.agent("apply", "--json", config: first)
            #expect(run.exitCode == 0 && run.changed.contains("bundle-web"), "\(run.result.errors)")
            #expect(try await running(host) == "web 1.0.0\n")
            // The same by architecture is the same.
            let each = try Self.config(
                #"{"architectures": {"\#(OperatingSystem.machine)": {"url": "file:///srv/web-1.0.0.tar.zst", "checksum": "\#(digests[0])"}}}"#
            )
            let same = try await host.agent("apply", "--json", config: each)
            #expect(same.exitCode == 0 && !same.changed.contains("bundle-web"), "\(same.result.errors)")
            let second = try Self.config(
                #"{"architectures": {"\#(OperatingSystem.machine)": {"url": "file:///srv/web-1.1.0.tar.zst", "checksum": "\#(digests[1])"}}}"#
            )
            #expect(try await host.agent("apply", "--json", config: second).exitCode == 0)
            #expect(try await running(host) == "web 1.1.0\n")
            #expect(try await host.agent("apply", "--json", config: second).changed.isEmpty)
            let digest = String(repeating: "0", count: 64)
            let wrong = try Self.config(#"{"url": "file:///srv/web-1.1.0.tar.zst", "checksum": "\#(digest)"}"#)
            #expect(try await host.agent("apply", "--json", config: wrong).exitCode == 5)
            #expect(try await running(host) == "web 1.1.0\n")
            let gone = try await host.agent(
                "apply", "--json", config: try Site.bareConfig("bundles", #""parallel": true"#))
            #expect(gone.exitCode == 0, "\(gone.result.errors)")
            #expect(try await host.shell("ls \(TestHost.root)/bundles; systemctl is-active web").output == "inactive\n")
        }
    }

    private func running(_ host: TestHost) async throws -> String {
        try await host.shell(
            "systemctl is-active --quiet web && journalctl -u web -o cat _SYSTEMD_INVOCATION_ID=$(systemctl show -P InvocationID web) | grep ^web"
        ).output
    }
}
