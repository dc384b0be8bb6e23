import Platform
import Support
import Testing

/// The configs that the cookbook has for kinds of hosts, each on a host of its own, with what is a stranger's put in.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct ProfilesScenario {
    /// A bundle as the profile's team would build it: the files of a folder, packed on the host.
    private struct Parts: Sendable {
        let bundle: String, version: String
        let files: [String: String]
    }

    /// What of a profile cannot be as it is: who and what only its team has, and what no container can do.
    private struct Change: Sendable {
        let from: String, to: String
        init(_ from: String, _ to: String) { (self.from, self.to) = (from, to) }
    }

    private static let answer = """
        import http.server, os, sys
        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200 if os.environ["DATABASE_URL"] == "postgres://shop" else 500)
                self.end_headers()
                self.wfile.write(os.environ["WORKERS"].encode())
        http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()

        """

    @Test func `a web service in Python answers, its job runs by its timer, and a second run changes nothing`()
        async throws
    {
        let unit = """
            [Service]
            User=@BOOTSTRAP_USER@
            WorkingDirectory=@BOOTSTRAP_ROOT@/bundles/shop/current
            EnvironmentFile=@ENVIRONMENT_FILE@

            """
        let shop = Parts(
            bundle: "shop", version: "1.8.0",
            files: [
                "answer.py": Self.answer,
                "shop.service":
                    "\(unit)ExecStart=/usr/bin/python3 answer.py\n[Install]\nWantedBy=multi-user.target\n",
                "shop-nightly.service": "\(unit)Type=oneshot\nExecStart=/usr/bin/touch /home/ops/nightly\n",
            ])
        let changes = [
            // A container of the kernel's shares its swap.
            Change("  \"swap_gb\": 2,\n", ""),
            Change("https://bundles.example.com/shop-1.8.0.tar.zst", "file:///home/ops/shop.tar.zst"),
        ]
        try await play("python-web-service", user: "shop", changes, [shop]) { host async throws in
            let processors = try await host.shell("nproc").output.filter(\.isNumber)
            #expect(try await host.shell("curl -fsS http://127.0.0.1:8000/health").output == processors)
            #expect(try await host.shell("systemctl is-enabled shop-nightly.timer shop.service").exitCode == 0)
            try await host.shell("systemctl start shop-nightly.service; test -e /home/ops/nightly").check()
            #expect(
                try await host.shell("readlink /etc/localtime; sysctl -n net.core.somaxconn").output
                    == "/usr/share/zoneinfo/Etc/UTC\n4096\n")
        }
    }

    @Test func `a service in Node answers with the secret that it was given`() async throws {
        let machine = OperatingSystem.machine
        let server = """
            const answer = (_, reply) => reply.end(process.env.SESSION_KEY === 'postgres://shop' ? 'well' : 'no key');
            require('http').createServer(answer).listen(Number(process.env.PORT), '127.0.0.1');

            """
        let api = Parts(
            bundle: "api", version: "3.0.1",
            files: [
                "server.js": server,
                "api.service": """
                [Service]
                User=@BOOTSTRAP_USER@
                EnvironmentFile=@ENVIRONMENT_FILE@
                ExecStart=@NODE@ @BOOTSTRAP_ROOT@/bundles/api/current/server.js
                [Install]
                WantedBy=multi-user.target

                """,
            ])
        let mirror = try await Site.config("profiles")
        let node = try #require(try Files.text(mirror)?.firstMatch(of: /"node_version": "([^"]+)"/)?.output.1)
        let changes = [
            Change("\"22.20.0\"", "\"\(node)\", \"node\": {\"mirror_url\": \"https://hub.test/static/node\"}"),
            Change("https://bundles.example.com/api-3.0.1-\(machine).tar.zst", "file:///home/ops/api.tar.zst"),
            Change("/etc/api/session-key", "/etc/shop/database-url"),
        ]
        try await play("node-service", user: "api", changes, [api]) { host async throws in
            #expect(try await host.shell("curl -fsS http://127.0.0.1:8080/health").output == "well")
        }
    }

    @Test func `a host for containers has podman, its users' ranges, and storage on btrfs that is theirs`() async throws
    {
        let changes = [
            Change("\"btrfs_image_target_gb\": 50", "\"btrfs_image_target_gb\": 1"),
            // Bounds of the kernel's that a container only reads.
            Change("\"net.ipv4.ip_unprivileged_port_start\": 80,\n", "\"net.ipv4.ip_unprivileged_port_start\": 80\n"),
            Change("    \"fs.inotify.max_user_instances\": 1024\n", ""),
        ]
        try await play("podman-host", user: "ops", changes, []) { host async throws in
            #expect(
                try await host.shell(
                    "su - containers -c 'podman info -f \"{{.Store.GraphRoot}} {{.Host.Security.Rootless}}\"'"
                )
                .output == "/srv/containers/storage true\n")
            #expect(
                try await host.shell("stat -f -c %T /srv/containers/storage; stat -c '%U %a' /srv/containers/storage")
                    .output
                    == "btrfs\ncontainers 700\n")
            // What podman left running of its user's keeps root from removing that user.
            _ = try await host.shell("loginctl terminate-user containers; pkill -u containers")
            #expect(try await host.shell("systemctl is-enabled podman.socket").output == "masked\n")
            #expect(
                try await host.shell("grep -h ^containers: /etc/subuid /etc/subgid").output.contains("300000:65536"))
        }
    }

    @Test func `the smallest config does what it says`() async throws {
        try await play("smallest", user: "ubuntu", [], []) { host async throws in
            try await host.shell("curl --version").check()
        }
    }

    // MARK: Playing

    private func play(
        _ profile: String, user: String, _ changes: [Change], _ bundles: [Parts],
        _ look: (TestHost) async throws -> Void
    ) async throws {
        var config = try #require(
            try Files.text("\(Checkout.folder)/config-schema/examples/profiles/\(profile).json"))
        let own = [
            Change("\"bootstrap_user\": \"\(user)\"", "\"bootstrap_user\": \"ops\", \"minimum_free_disk_gb\": 0"),
            Change("\"/home/\(user)/host\"", "\"/home/ops/host\""),
        ]
        for change in own + changes {
            // A profile that is another by now is played as it is.
            try #require(config.contains(change.from), "\(profile) has no \(change.from)")
            config = config.replacing(change.from, with: change.to)
        }
        try await TestHost.with("profile-\(profile)", .init()) { host in
            try await host.shell("mkdir -p /etc/shop; echo postgres://shop >/etc/shop/database-url").check()
            // A host's network is its own, and is read-only as it is booted here.
            try await host.shell(
                "mkdir /run/p && mount -t proc proc /run/p && mount --bind /run/p/sys/net /proc/sys/net && umount /run/p"
            ).check()
            for parts in bundles {
                let digest = try await pack(parts, on: host)
                config = config.replacing(String(repeating: "1", count: 64), with: digest)
            }
            let file = "/tmp/profile-\(profile)-\(UInt32.random(in: 0 ... .max)).json"
            try Files.replace(file, with: Array(config.utf8), mode: 0o644)
            defer { try? Files.remove(file) }
            let run = try await host.agent("apply", "--json", config: file)
            #expect(run.exitCode == 0, "\(profile): \(run.result.errors)")
            try await look(host)
            #expect(try await host.agent("apply", "--json", config: file).changed.isEmpty, "\(profile)")
            let plan = try await host.agent("plan", config: file)
            #expect(plan.exitCode == 0, "\(profile): \(plan.result.output)")
            let verified = try await host.shell("\(Site.agentInHost) status --verify", user: TestHost.user)
            #expect(verified.exitCode == 0, "\(profile): \(verified.output)")
            let gone = try await host.shell("\(Site.agentInHost) uninstall --root /home/ops/host", user: TestHost.user)
            #expect(gone.exitCode == 0, "\(profile): \(gone.output)\(gone.errors)")
        }
    }

    /// The digest of what was packed.
    private func pack(_ parts: Parts, on host: TestHost) async throws -> String {
        let folder = "/home/ops/build-\(parts.bundle)", archive = "/home/ops/\(parts.bundle).tar.zst"
        try await host.shell("mkdir -p \(folder)", user: TestHost.user).check()
        for (name, text) in parts.files {
            let file = "/tmp/profile-file-\(UInt32.random(in: 0 ... .max))"
            try Files.replace(file, with: Array(text.utf8), mode: 0o644)
            defer { try? Files.remove(file) }
            try await host.push(file, "\(folder)/\(name)")
        }
        let words = "--name \(parts.bundle) --bundle-version \(parts.version) --output \(archive)"
        try await host.shell(
            "chown -R ops: \(folder); \(Site.agentInHost) bundle pack \(folder) \(words); chown ops: \(archive)"
        ).check()
        let sum = try await host.shell("sha256sum \(archive)").check().output
        return String(sum.prefix(64))
    }
}
