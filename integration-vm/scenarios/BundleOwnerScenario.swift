import Platform
import Testing

/// A bundle in a folder of its own that belongs to a user of the config's, as whom its service runs.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct BundleOwnerScenario {
    private static let pack = """
        mkdir -p /srv/web/bin /srv/web/etc && cd /srv && printf '#!/bin/sh\\ncat "${0%%/*}/../etc/key"\\nexec sleep infinity\\n' >web/bin/web &&
        chmod 755 web/bin/web && echo key >web/etc/key && chmod 600 web/etc/key &&
        printf '[Service]\\nUser=shop\\nExecStart=@BUNDLE@/bin/web\\n' >web/web.service &&
        \(Site.agentInHost) bundle pack web --name web --bundle-version 1.0.0 --output web.tar.zst >/dev/null &&
        sha256sum web.tar.zst | cut -c1-64
        """
    private static let user = #""users": [{"name": "shop", "system": true}]"#

    private static func config(_ digest: String, _ place: String) throws -> String {
        try Site.bareConfig(
            "bundle-owner",
            #"""
            "bundles": {"web": {"url": "file:///srv/web.tar.zst", "checksum": "\#(digest)"\#(place)}}, \#(user),
            "units": [{"unit": "web.service", "bundle": "web", "path": "web.service"}]
            """#)
    }

    @Test func `it is the owner's, is repaired when it was changed, moves with its root, and leaves nothing`()
        async throws
    {
        try await TestHost.with("bundle-owner", .init()) { host in
            let before = try await host.shell("ls -lAR /opt; getent passwd shop").output
            let digest = try await host.shell(Self.pack).check().output.filter { !$0.isWhitespace }
            let owned = try Self.config(
                digest, #", "root": "/opt/web", "owner": "shop", "capabilities": {"bin/web": ["cap_net_raw"]}"#)
            let run = try await host.agent("apply", "--json", config: owned)
            #expect(run.exitCode == 0 && run.changed.contains("bundle-web"), "\(run.result.errors)")
            let expected = "ops:ops 755\nops:ops 755\nshop:ops 755\nshop:ops 755\nshop:ops 640\n"
            #expect(try await look("/opt/web", host) == expected)
            #expect(try await host.shell("ps -o user= -p $(systemctl show -P MainPID web)").output == "shop\n")
            try await expectRight(owned, host)

            for damage in [
                "echo more >>/opt/web/1.0.0/etc/key", "echo yek >/opt/web/1.0.0/etc/key",
                "chown root /opt/web/1.0.0/etc/key", "chown ops /opt/web/1.0.0/bin/web",
                "runuser -u shop -- chmod 600 /opt/web/1.0.0/etc/key", "runuser -u shop -- rm -r /opt/web/1.0.0/bin",
                "chown -R ops:ops /opt/web",
            ] {
                try await host.shell(damage).check()
                let verify = try await host.run(Site.agentInHost, "status", "--verify", user: TestHost.user)
                #expect(verify.exitCode == 7, "\(damage): \(verify.output)\(verify.errors)")
                let repair = try await host.agent("apply", "--json", config: owned)
                #expect(
                    repair.exitCode == 0 && repair.changed.contains("bundle-web"), "\(damage): \(repair.result.errors)")
                #expect(try await look("/opt/web", host) == expected, "\(damage)")
                try await expectRight(owned, host)
            }

            try await expectChanges(digest, host)
            let gone = try await host.agent(
                "apply", "--json", config: try Site.bareConfig("bundle-owner", #""parallel": true"#))
            #expect(gone.exitCode == 0, "\(gone.result.errors)")
            #expect(try await host.shell("ls -lAR /opt; getent passwd shop").output == before)

            #expect(try await host.agent("apply", "--json", config: owned).exitCode == 0)
            let uninstall = try await host.run(Site.agentInHost, "uninstall", user: TestHost.user)
            #expect(uninstall.exitCode == 0, "\(uninstall.output)\(uninstall.errors)")
            #expect(try await host.shell("ls -lAR /opt; getent passwd shop").output == before)
        }
    }

    /// Another owner needs no download; another root is a removal and a new one; what is somebody else's is refused.
    private func expectChanges(_ digest: String, _ host: TestHost) async throws {
        try await host.shell("mv /srv/web.tar.zst /srv/away").check()
        let own = try Self.config(digest, #", "root": "/opt/web""#)
        let plan = try await host.agent("plan", config: own)
        #expect(plan.exitCode == 7 && plan.result.output.contains("owner shop -> owner ops"), "\(plan.result.output)")
        let back = try await host.agent("apply", "--json", config: own)
        #expect(back.exitCode == 0 && back.changed.contains("bundle-web"), "\(back.result.errors)")
        #expect(try await look("/opt/web", host) == "ops:ops 755\nops:ops 755\nops:ops 755\nops:ops 755\nops:ops 600\n")
        let again = try Self.config(digest, #", "root": "/opt/web", "owner": "shop""#)
        #expect(try await host.agent("apply", "--json", config: again).exitCode == 0)
        try await expectRight(again, host)
        try await host.shell("mv /srv/away /srv/web.tar.zst; mkdir /opt/theirs; ln -s /home/ops /opt/link").check()

        for (root, words) in [("theirs", "belongs to root"), ("theirs/web", "belongs to root"), ("link", "is a link")] {
            let config = try Self.config(digest, #", "root": "/opt/\#(root)", "owner": "shop""#)
            let run = try await host.agent("apply", "--json", config: config)
            #expect(run.exitCode == 1 && run.result.errors.contains(words), "\(run.result.errors)")
        }
        try await host.shell("rmdir /opt/theirs; rm /opt/link").check()

        let moved = try Self.config(digest, #", "root": "/opt/apps/web", "owner": "shop""#)
        let move = try await host.agent("apply", "--json", config: moved)
        #expect(move.exitCode == 0 && move.changed.contains("tidy-up"), "\(move.result.errors)")
        #expect(
            try await host.shell("ls /opt /opt/apps; readlink /opt/apps/web/current").output
                == "/opt:\napps\n\n/opt/apps:\nweb\n1.0.0\n")
        #expect(
            try await host.shell(
                "tr '\\0' ' ' </proc/$(systemctl show -P MainPID web)/cmdline; systemctl cat web | grep -o /opt/apps/web"
            )
            .output.contains("/opt/apps/web"))
        try await expectRight(moved, host)
        let status = try await host.run(Site.agentInHost, "status", user: TestHost.user)
        #expect(status.output.contains("bundle    web 1.0.0"), "\(status.output)")
    }

    private func look(_ root: String, _ host: TestHost) async throws -> String {
        try await host.shell(
            "cd \(root) && stat -c '%U:%G %a' . .records 1.0.0 1.0.0/bin/web 1.0.0/etc/key"
        ).output
    }

    /// A second run changes nothing, and everything is as it was made.
    private func expectRight(_ config: String, _ host: TestHost) async throws {
        let run = try await host.agent("apply", "--json", config: config)
        #expect(run.exitCode == 0 && run.changed.isEmpty, "\(run.changed) \(run.result.errors)")
        let verify = try await host.run(Site.agentInHost, "status", "--verify", user: TestHost.user)
        #expect(verify.exitCode == 0, "\(verify.output)\(verify.errors)")
    }
}
