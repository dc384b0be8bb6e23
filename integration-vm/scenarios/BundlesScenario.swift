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

    /// What the bundle declares: secrets, a server that may be away, and a program that runs when it is there.
    private static let declared = #"""
        {"name": "web", "version": "1.0.0", "requirements": {
        "generate": [{"kind": "random", "path": "keys/session"},
            {"kind": "certificate", "path": "tls/key.pem", "certificate": "tls/cert.pem", "names": ["web.internal"], "algorithm": "ed25519"}],
        "archives": [{"path": "cache", "url": "file:///srv/cache.tar.gz", "sha256": "DIGEST"}],
        "reach": [{"address": "127.0.0.1:4567", "within_seconds": 1, "name": "backend", "needs": [], "on_failure": "degrade"}],
        "warm_up": [{"program": "bin/warm", "arguments": ["$HOME"]},
            {"program": "bin/warm", "name": "late", "arguments": ["late"], "needs": ["backend"], "on_failure": "degrade"}]}}
        """#

    private static let requiring = """
        mkdir -p /srv/web/bin && cd /srv && printf '#!/bin/sh\necho $(id -un) $1 $(sudo -n id -un 2>/dev/null) >>warmed\n' >web/bin/warm &&
        chmod 755 web/bin/warm && mkdir full && echo page >full/page && tar -C full -czf cache.tar.gz . && cat >web/manifest.json &&
        sed -i "s/DIGEST/$(sha256sum cache.tar.gz | cut -c1-64)/" web/manifest.json &&
        \(Site.agentInHost) bundle pack web --output web.tar.zst >/dev/null && \(Site.agentInHost) bundle verify web.tar.zst >/dev/null &&
        sha256sum web.tar.zst | cut -c1-64
        """

    @Test func `what a bundle requires is made once, may be lacking where it says so, and its secrets stay as data`()
        async throws
    {
        try await TestHost.with("requiring", .init()) { host in
            let manifest = "<<'END'\n\(Self.declared)\nEND\n"
            let digest = try await host.shell("pack() {\n\(Self.requiring)\n}\npack \(manifest)").check().output
                .filter { !$0.isWhitespace }
            let config = try Site.bareConfig(
                "requiring", #""bundles": {"web": {"url": "file:///srv/web.tar.zst", "checksum": "\#(digest)"}}"#)
            let plan = try await host.agent("plan", config: config)
            #expect(plan.exitCode == 7, "\(plan.result.errors)")
            let run = try await host.agent("apply", "--json", config: config)
            #expect(run.exitCode == 0, "\(run.result.errors)")
            #expect(
                run.result.output.contains("except for requirements")
                    || run.result.errors.contains("except for requirements"))
            let data = "\(TestHost.root)/data/web"
            let state =
                "python3 -c 'import json; r = json.load(open(\"\(TestHost.root)/bootstrap/state.json\")); print(r[\"status\"], r[\"steps\"][\"requirements\"][\"status\"])'"
            #expect(try await host.shell(state).output == "degraded degraded\n")
            let made =
                "cd \(data) && cat warmed cache/page && stat -c '%a %U %n' keys/* tls/* && openssl verify -CAfile tls/cert.pem tls/cert.pem"
            #expect(
                try await host.shell(made).output == """
                    ops $HOME
                    page
                    600 ops keys/session
                    644 ops tls/cert.pem
                    600 ops tls/key.pem
                    tls/cert.pem: OK

                    """)
            let keys = try await host.shell("cd \(data) && sha256sum keys/* tls/*").output
            #expect(
                try await host.shell(
                    "grep -rl -e \"$(cat \(data)/keys/session)\" \(TestHost.root)/logs \(TestHost.root)/bootstrap"
                ).output == "")
            try await host.shell("systemd-run --unit backend python3 -m http.server 4567 --bind 127.0.0.1").check()
            try await host.shell("until curl -fs http://127.0.0.1:4567/ >/dev/null; do sleep 0.2; done").check()
            #expect(try await host.agent("apply", "--json", config: config).exitCode == 0)
            #expect(
                try await host.shell("\(state); cat \(data)/warmed").output == "done changed\nops $HOME\nops late\n")
            #expect(try await host.agent("apply", "--json", config: config).changed.isEmpty)
            #expect(try await host.shell("cd \(data) && sha256sum keys/* tls/*").output == keys)
            let kept = try await host.shell("\(Site.agentInHost) uninstall", user: "ops")
            #expect(kept.exitCode == 0 && (kept.output + kept.errors).contains("\(data)/keys/session"), "\(kept)")
            #expect(try await host.shell("cd \(data) && sha256sum keys/* tls/*").output == keys)
        }
    }

    private func running(_ host: TestHost) async throws -> String {
        try await host.shell(
            "systemctl is-active --quiet web && journalctl -u web -o cat _SYSTEMD_INVOCATION_ID=$(systemctl show -P InvocationID web) | grep ^web"
        ).output
    }
}
