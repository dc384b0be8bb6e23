import Platform
import Testing

/// What of root's the files of bundles and of Node may do, and Node by its major version.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct CapabilitiesScenario {
    private static let changes = [
        "btrfs_image_target_gb=", "node_version=\"22\"", "environment.PORT=\"80\"",
        "services.0.health.urls=[\"http://127.0.0.1:80/health\"]",
    ]
    private static let tools = "\(TestHost.root)/bundles/tools"
    private static let node = "$(ls -d /home/ops/.nvm/versions/node/v22.*/bin/node)"

    private static func config(_ changes: String...) async throws -> String {
        try await Site.config("capabilities", changes: Self.changes + changes)
    }

    /// As getcap(8) would read it, which not every host has.
    private func capabilities(_ path: String, _ host: TestHost) async throws -> String {
        let python =
            "import os, sys; f = sys.argv[1]; k = 'security.capability'; "
            + "print(os.getxattr(f, k).hex() if k in os.listxattr(f) else 'none')"
        return try await host.shell("python3 -c \"\(python)\" \(path)").check().output.byteLines.joined()
    }

    @Test func `programs have the capabilities that the config gives them, in the version in use, and give them back`()
        async throws
    {
        let arch = OperatingSystem.machine
        let node = "node.capabilities={\"bin/node\": [\"cap_net_bind_service\"]}"
        let tools = { (path: String) in
            "bundle_urls.tools.\(arch)={\"url\": \"https://hub.test/artifacts/bundles/tools-1.0.0.tar.xz\", "
                + "\"capabilities\": {\"\(path)\": [\"cap_net_raw\", \"cap_chown\"]}}"
        }
        let both = try await Self.config(node, tools("bin/busybox"))
        try await TestHost.with("capabilities", .init()) { host in
            // Without it the service cannot listen there.
            let bare = try await host.agent("apply", "--json", config: try await Self.config())
            #expect(bare.exitCode == 1 && bare.result.errors.contains("EACCES"), "\(bare.result.errors)")

            let run = try await host.agent("apply", "--json", config: both)
            #expect(run.exitCode == 0 && run.changed.contains("capabilities"), "\(run.result.errors)")
            // VFS_CAP_REVISION_2 and effective; then 1 << 10, and 1 << 13 | 1 << 0.
            #expect(try await capabilities(Self.node, host) == "0100000200040000000000000000000000000000")
            let busybox = "\(Self.tools)/current/bin/busybox"
            #expect(try await capabilities(busybox, host) == "0100000201200000000000000000000000000000")
            #expect(try await host.agent("plan", config: both).exitCode == 0)
            #expect(try await host.agent("apply", "--json", config: both).changed.isEmpty)
            #expect(
                try await host.run(Site.agentInHost, "status", "--verify", user: TestHost.user).exitCode == 0)

            // A copy in its place is the same file to all but the kernel.
            try await host.shell("cp -p \(Self.node) /home/ops/n && mv /home/ops/n \(Self.node)", user: TestHost.user)
                .check()
            let plan = try await host.agent("plan", config: both)
            #expect(
                plan.exitCode == 7 && plan.result.output.contains("cap_net_bind_service=ep"), "\(plan.result.output)")
            #expect(try await host.agent("apply", "--json", config: both).changed.contains("capabilities"))
            #expect(try await capabilities(Self.node, host) == "0100000200040000000000000000000000000000")

            let link = try await host.agent("apply", "--json", config: try await Self.config(node, tools("bin/ash")))
            #expect(
                link.exitCode == 1 && link.result.errors.contains("is a link, and only a file"), "\(link.result.errors)"
            )

            let without = try await host.agent(
                "apply", "--json", config: try await Self.config("environment.PORT=\"9100\"", "services.0.health="))
            #expect(without.exitCode == 0, "\(without.result.errors)")
            #expect(try await capabilities(Self.node, host) == "none")
            #expect(try await capabilities(busybox, host) == "none")
            let gone = try await host.run(Site.agentInHost, "uninstall", user: TestHost.user)
            #expect(gone.exitCode == 0, "\(gone.output)\(gone.errors)")
        }
    }
}
