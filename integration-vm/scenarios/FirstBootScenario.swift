import Platform
import Testing

/// A fresh Debian 12 host, provisioned by nothing but the user-data that the hub prints.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct FirstBootScenario {
    @Test func `user-data alone makes a fresh host ready, a second run changes nothing, and drift is repaired`()
        async throws
    {
        let userData =
            try await Site.run("add", "first-boot", "1.0.0").split(separator: "\n").last.map(String.init) ?? ""
        try await TestHost.with("first-boot", .init(options: ["--user-data", userData])) { host in
            try await waitForCloudInit(host)
            try await expectNineStages(host)
            try await expectHubKnows("first-boot", status: "done")
            try await expectNothingToDo(host)
            try await expectDriftIsRepaired(host)
            try await expectRefusedBundleLeavesOldVersionLive(host)
            try await expectUpgrade(host)
            try await expectRollback(host)
        }
    }

    private func waitForCloudInit(_ host: TestHost) async throws {
        let result = try await host.shell("cloud-init status --wait")
        let output = try await host.shell("tail -n 60 /var/log/cloud-init-output.log")
        #expect(result.exitCode == 0, "\(output.output)")
        try #require(output.output.contains("the host matches the config"), "\(output.output)")
    }

    private func expectNineStages(_ host: TestHost) async throws {
        let root = TestHost.root
        // Layout, files and their modes.
        let modes = try await host.shell(
            "cd \(root) && stat -c '%a %U %n' bin bootstrap bundles config logs config/bootstrap.json /etc/cocalc/project-host.env"
        )
        #expect(
            modes.output == """
                755 ops bin
                700 ops bootstrap
                755 ops bundles
                700 ops config
                750 ops logs
                600 ops config/bootstrap.json
                600 ops /etc/cocalc/project-host.env

                """)
        // Packages, Node as nvm lays it out, bundles behind their links.
        #expect(try await host.shell("jq --version && mkfs.btrfs --version").succeeded)
        let node = try await host.shell(
            "~ops/.nvm/versions/node/v22.20.0/bin/node --version; cat ~ops/.nvm/alias/default", user: "ops")
        #expect(node.output == "v22.20.0\n22.20.0\n")
        let links = try await host.shell(
            "cd \(root) && readlink bundle bundles/*/current && bundles/tools/current/bin/ash -c 'echo it runs'")
        #expect(links.output == "bundles/project-host/1.0.0\n1.0.0\n1.0.0\n1.0.0\nit runs\n")
        // The image, mounted by a unit, with subvolumes and quotas.
        let storage = try await host.shell(
            "findmnt -no FSTYPE /btrfs; systemctl is-active btrfs.mount; systemctl is-enabled btrfs.mount; "
                + "btrfs subvolume list /btrfs | awk '{print $NF}' | sort; btrfs qgroup show /btrfs >/dev/null && echo quotas; "
                + "stat -c %U /btrfs/sync-state")
        #expect(storage.output == "btrfs\nactive\nenabled\nprojects\nsync-state\nquotas\nops\n")
        // The service runs as the bootstrap user and answers.
        let service = try await host.shell(
            "systemctl is-enabled project-host; ps -o user= -p $(systemctl show -P MainPID project-host); curl -fsS http://127.0.0.1:9100/status"
        )
        #expect(service.output.hasPrefix("enabled\nops\n"))
        #expect(service.output.contains("\"version\":\"1.0.0\""))
        // What a bundle requires.
        let needs = try await host.shell(
            "cd \(root)/data/project && cat project.conf model.bin && stat -c '%a %U %n' * && python3 -c \"\(Self.schema)\""
        )
        #expect(
            needs.output == """
                port=9100 data=\(root)/data/project
                model755 ops cache
                700 ops closed
                600 ops index.sqlite
                644 ops model.bin
                640 ops project.conf
                [(1,)] ['projects']

                """, "\(needs.errors)")
        // The marker and the receipt.
        let done = try await host.shell(
            "cat \(root)/.bootstrap_done; sha256sum \(root)/config/bootstrap.json | cut -c1-64")
        let lines = done.output.split(separator: "\n")
        #expect(lines.count == 2 && lines[0] == "sha256:\(lines[1])")
        #expect(try await host.shell("jq -r .status \(root)/bootstrap/state.json").output == "done\n")
    }

    private static let schema = """
        import sqlite3; d = sqlite3.connect('index.sqlite'); print(list(d.execute('PRAGMA user_version')), \
        sorted(n for n, in d.execute('SELECT name FROM sqlite_schema WHERE type = \\'table\\'')))
        """

    private func expectHubKnows(_ id: String, status: String) async throws {
        let url = try await Site.run("hub-url").split(separator: "\n").first ?? ""
        let answer = try await Subprocess.run(Command("/usr/bin/curl", ["-fsS", "\(url)/api/v1/hosts/\(id)"]))
        #expect(answer.output.contains("\"status\":\"\(status)\""), "\(answer.output)")
        #expect(answer.output.contains("\"percent\":100"))
        #expect(answer.output.contains("\"missing\":[]"))
    }

    private func expectNothingToDo(_ host: TestHost) async throws {
        let config = try await Site.config("first-boot")
        let paths = [TestHost.root + "/bin", TestHost.root + "/bundles", "/etc", "/usr", "/home/ops/.nvm"]
        let before = try await host.snapshot(paths)
        let apt = try await host.shell(
            "stat -c %Y /var/log/apt/history.log /var/lib/apt/lists; systemctl show -P InvocationID project-host btrfs.mount"
        )
        let plan = try await host.agent("plan", config: config)
        #expect(plan.exitCode == 0, "\(plan.result.output)\(plan.result.errors)")
        let again = try await host.agent("apply", "--json", config: config)
        #expect(again.exitCode == 0, "\(again.result.errors)")
        #expect(again.changed.isEmpty)
        #expect(again.ended.contains("apt-packages") && again.ended.contains("service-project-host"))
        #expect(try await host.snapshot(paths) == before)
        let after = try await host.shell(
            "stat -c %Y /var/log/apt/history.log /var/lib/apt/lists; systemctl show -P InvocationID project-host btrfs.mount"
        )
        #expect(after.output == apt.output)
    }

    /// Each thing that the config names is damaged in one way; one run repairs all, the next changes nothing.
    private func expectDriftIsRepaired(_ host: TestHost) async throws {
        let config = try await Site.config("first-boot")
        let root = TestHost.root
        let damage = [
            "rm \(root)/README", "chmod 0777 \(root)/logs", "ln -sfn /nowhere \(root)/bundle",
            "rm \(root)/bundles/tools/current",
            "rm \(root)/bundles/project/1.0.0/lib/part-7.js", "echo x >>\(root)/bundles/project-host/1.0.0/server.js",
            "rm /home/ops/.nvm/alias/default", "rm /home/ops/.nvm/versions/node/v22.20.0/bin/node",
            "echo PORT=1 >/etc/cocalc/project-host.env", "systemctl disable --now project-host", "umount /btrfs",
            "rm /etc/systemd/system/btrfs.mount", "dpkg --remove jq",
            // What a run leaves that is killed between growing the image's file and the file system in it.
            "truncate -s 1280M /var/lib/host-bootstrap/btrfs.img",
            // What dpkg leaves when it is cut off.
            ": >/var/lib/dpkg/updates/0000",
        ]
        for line in damage { try await host.shell(line).check() }
        let plan = try await host.agent("plan", "--json", config: config)
        #expect(plan.exitCode == 7, "\(plan.result.output)\(plan.result.errors)")
        let stale = plan.result.output.split(separator: "/README").joined(separator: "/other")
        try Files.replace("/tmp/plan-\(host.name).json", with: Array(stale.utf8), mode: 0o600)
        try await host.push("/tmp/plan-\(host.name).json", "/home/ops/plan.json")
        let refused = try await host.agent("apply", "--plan", "/home/ops/plan.json", config: config)
        #expect(refused.exitCode == 4, "\(refused.result.errors)")
        #expect(refused.result.errors.contains("no longer as it was when the plan was made"))
        try Files.replace("/tmp/plan-\(host.name).json", with: Array(plan.result.output.utf8), mode: 0o600)
        try await host.push("/tmp/plan-\(host.name).json", "/home/ops/plan.json")
        try Files.remove("/tmp/plan-\(host.name).json")
        let repair = try await host.agent("apply", "--json", "--plan", "/home/ops/plan.json", config: config)
        #expect(repair.exitCode == 0, "\(repair.result.errors)")
        let wanted = [
            "layout", "environment-files", "apt-packages", "bundle-project", "bundle-project-host", "bundle-links",
            "node-runtime",
            "btrfs-image", "service-project-host",
        ]
        #expect(repair.events.contains { $0.message?.hasPrefix("dpkg was interrupted") == true })
        #expect(Set(repair.changed).isSuperset(of: wanted), "\(repair.changed)")
        #expect(try await host.agent("apply", "--json", config: config).changed.isEmpty)
        #expect(try await host.shell("curl -fsS http://127.0.0.1:9100/health").output == "\"ok\"")
        #expect(try await host.shell("df -BM --output=size /btrfs | tail -1").output.hasSuffix(" 1280M\n"))
    }

    private func expectRefusedBundleLeavesOldVersionLive(_ host: TestHost) async throws {
        let wrong = String(repeating: "0", count: 64)
        let config = try await Site.config("first-boot", bundles: "1.1.0", "bundle_checksums.project=\"\(wrong)\"")
        let run = try await host.agent("apply", "--json", config: config)
        #expect(run.exitCode == 5, "\(run.result.errors)")
        let failure = run.events.first { $0.event == "step_failed" }
        #expect(failure?.step == "bundle-project")
        #expect(failure?.error?.contains("checksum mismatch: wanted \(wrong)") == true)
        #expect(failure?.hint?.isEmpty == false)
        let live = try await host.shell(
            "readlink \(TestHost.root)/bundle; curl -fsS http://127.0.0.1:9100/status; test -e \(TestHost.root)/.bootstrap_done || echo not done"
        )
        #expect(live.output.hasPrefix("bundles/project-host/1.0.0\n"))
        #expect(live.output.contains("\"version\":\"1.0.0\""))
        #expect(live.output.hasSuffix("not done\n"))
    }

    private func expectUpgrade(_ host: TestHost) async throws {
        let config = try await Site.config("first-boot", bundles: "1.1.0", "btrfs_image_target_gb=2")
        let run = try await host.agent("apply", "--json", config: config)
        #expect(run.exitCode == 0, "\(run.result.errors)")
        #expect(!run.changed.contains("apt-packages") && !run.changed.contains("node-runtime"))
        // The version before is there, so that what is new in this one is enough.
        let fetched = run.events.filter { $0.step == "bundle-project" }.compactMap(\.message)
        #expect(
            fetched.contains { $0.hasPrefix("unpacked ") && $0.contains("project-1.1.0.delta.tar.zst") }, "\(fetched)")
        #expect(!fetched.contains { $0.contains("project-1.1.0.tar.xz") }, "\(fetched)")
        let live = try await host.shell(
            "readlink \(TestHost.root)/bundle; ls \(TestHost.root)/bundles/project; curl -fsS http://127.0.0.1:9100/status; df -BG --output=size /btrfs | tail -1"
        )
        #expect(live.output.hasPrefix("bundles/project-host/1.1.0\n1.0.0\n1.1.0\ncurrent\n"), "\(live.output)")
        #expect(live.output.contains("\"version\":\"1.1.0\""))
        #expect(live.output.hasSuffix("2G\n"))
        let database = try await host.shell("cd \(TestHost.root)/data/project && python3 -c \"\(Self.schema)\"")
        #expect(database.output == "[(2,)] ['members', 'projects']\n", "\(database.errors)")
        #expect(try await host.agent("apply", "--json", config: config).changed.isEmpty)
    }

    /// The old version comes back without network, later runs leave it alone, and the new one comes back when told to.
    private func expectRollback(_ host: TestHost) async throws {
        let config = try await Site.config("first-boot", bundles: "1.1.0", "btrfs_image_target_gb=2")
        let version = "curl -fsS http://127.0.0.1:9100/status | jq -r .version"
        let back = try await host.agent("rollback", "project-host", "--json", config: config)
        #expect(back.exitCode == 0, "\(back.result.errors)")
        #expect(back.changed.contains("bundle-links") && back.changed.contains("service-project-host"))
        #expect(
            try await host.shell("readlink \(TestHost.root)/bundle; \(version)").output
                == "bundles/project-host/1.0.0\n1.0.0\n")
        let later = try await host.agent("apply", "--json", config: config)
        #expect(later.exitCode == 0 && Set(later.changed).isSubset(of: ["finish"]), "\(later.changed)")
        #expect(later.events.contains { $0.message?.contains("1.1.0 was rolled back on") == true })
        #expect(later.result.errors.contains("the host matches the config, except for bundle-links: "))
        #expect(try await host.shell(version).output == "1.0.0\n")
        let none = try await host.agent("rollback", "project-host", config: config)
        #expect(none.exitCode == 1 && none.result.errors.contains("hint:"), "\(none.result.errors)")
        let forth = try await host.agent("rollback", "project-host", "--to", "1.1.0", config: config)
        #expect(forth.exitCode == 0, "\(forth.result.errors)")
        #expect(try await host.shell(version).output == "1.1.0\n")
        #expect(try await host.agent("plan", config: config).exitCode == 7)
        #expect(Set(try await host.agent("apply", "--json", config: config).changed).isSubset(of: ["finish"]))
    }
}
