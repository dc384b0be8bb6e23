import Platform
import Testing

/// What leaves the config leaves the host, and all of it can be taken away.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct OwnershipScenario {
    private static let places = ["/etc", "/home/ops", "/srv", "/opt", "/btrfs", "/pool", "/var/lib/host-bootstrap"]
    /// A host that matches its config has no more to tell than that.
    private static let hubless = ["hub="]
    private static let changed = [
        "hub=",
        "services.0.unit=\"renamed.service\"", "btrfs.mount_point=\"/pool\"", "bundle_urls.tools=",
        "bundle_checksums.tools=", "apt_packages=[\"btrfs-progs\"]", "environment_file=\"/etc/other/services.env\"",
        "host_id=\"renamed\"",
    ]

    @Test
    func `what leaves the config leaves the host, what others changed is kept, and uninstall leaves it as before`()
        async throws
    {
        try await Site.run("add", "ownership", "1.0.0")
        let first = try await Site.config("ownership", changes: Self.hubless)
        let second = try await Site.config("ownership", changes: Self.changed)
        try await TestHost.with("ownership", .init()) { host in
            let before = try await state(host)
            #expect(try await host.agent("apply", "--json", config: first).exitCode == 0)
            try await expectChangesAreRemovals(host, first, second)
            try await expectForeignChangesAreKept(host, second)
            try await expectSmallerImageIsTold(host, second)
            try await expectReceiptIsToBeMoved(host, second)
            try await expectOldRootIsTold(host, second)
            try await expectDryRunChangesNothing(host)
            try await expectUninstallKeepsData(host)
            try await expectHalfDoneUninstallIsRepaired(host, first)
            let left = try await difference(before, state(host)).prefix(20)
            #expect(left.isEmpty, "\(left.joined(separator: "\n"))")
        }
    }

    // MARK: Removal

    private func expectChangesAreRemovals(_ host: TestHost, _ first: String, _ second: String) async throws {
        let plan = try await host.agent("plan", config: second)
        #expect(plan.exitCode == 7)
        for words in [
            "- project-host.service: active → removed\n", "- btrfs.mount: active → removed\n",
            "- \(TestHost.root)/bundles/tools: 1.0.0 → removed\n", "- /etc/cocalc/project-host.env: a file → removed\n",
            "warning: the package jq left the config and is kept; ",
        ] { #expect(plan.result.output.contains(words), "\(words) in \(plan.result.output)") }
        #expect(try await host.shell("systemctl is-active project-host; mountpoint /btrfs").succeeded)
        let run = try await host.agent("apply", "--json", config: second)
        #expect(run.exitCode == 0, "\(run.result.errors)")
        #expect(run.changed.contains("removal") && run.changed.contains("tidy-up"), "\(run.changed)")
        #expect(run.events.last?.message?.hasPrefix("the host matches the config: ") == true, "\(run.result.errors)")
        let gone = "/etc/systemd/system/project-host.service /etc/systemd/system/btrfs.mount /etc/cocalc /btrfs"
        #expect(try await host.shell("ls -d \(gone) \(TestHost.root)/bundles/tools").output == "")
        #expect(try await host.shell("systemctl is-active project-host btrfs.mount").output == "inactive\ninactive\n")
        #expect(try await host.shell("mountpoint -q /pool && systemctl is-active renamed && jq --version").succeeded)
        #expect(try await host.shell("curl -fsS http://127.0.0.1:9100/status").output.contains("\"host\":\"renamed\""))
        let again = try await host.agent("apply", "--json", config: second)
        #expect(again.exitCode == 0 && again.changed.isEmpty, "\(again.changed)")
        #expect(try await host.agent("plan", config: second).exitCode == 0)
    }

    private func expectForeignChangesAreKept(_ host: TestHost, _ second: String) async throws {
        let unit = "/etc/systemd/system/renamed.service"
        try await host.shell("cp -p \(unit) /root/unit; echo '# mine' >>\(unit); systemctl daemon-reload").check()
        let changes = Self.changed + ["services=[]", "node=", "node_version="]
        let without = try await Site.config("ownership", changes: changes)
        let plan = try await host.agent("plan", config: without)
        #expect(plan.exitCode == 7 && plan.result.output.contains("renamed.service: kept: it was changed since"))
        let run = try await host.agent("apply", config: without)
        #expect(run.exitCode == 0, "\(run.result.errors)")
        #expect(run.result.errors.contains("the host matches the config, except for removal: "), "\(run.result.errors)")
        #expect(run.result.errors.contains("sudo systemctl disable --now renamed.service && sudo rm \(unit)"))
        #expect(try await host.shell("systemctl is-active renamed").output == "active\n")
        try await host.shell("cp -p /root/unit \(unit); systemctl daemon-reload").check()
        let mended = try await host.agent("apply", "--json", config: without)
        #expect(mended.exitCode == 0 && mended.changed.contains("removal"), "\(mended.result.errors)")
        #expect(try await host.shell("ls \(unit)").exitCode != 0)
        #expect(try await host.shell("ls -d /home/ops/.nvm").exitCode != 0)
        #expect(try await host.agent("apply", config: second).exitCode == 0)
    }

    /// Without its receipt nobody would know what is whose: the agent's folder is moved by whoever names another.
    private func expectReceiptIsToBeMoved(_ host: TestHost, _ second: String) async throws {
        let new = "\(TestHost.root)/agent"
        let changes = Self.changed + ["bootstrap_dir=\"\(new)\""]
        let moved = try await Site.config("ownership", changes: changes)
        let refused = try await host.agent("apply", config: moved)
        #expect(refused.exitCode == 4, "\(refused.result.errors)")
        let old = "\(TestHost.root)/bootstrap", move = "mv \(old) \(new)"
        #expect(refused.result.errors.contains("the receipt of this host lies in \(old)"), "\(refused.result.errors)")
        #expect(refused.result.errors.contains("move it: \(move);"), "\(refused.result.errors)")
        #expect(try await host.shell("ls -d '\(new)'").exitCode != 0)
        for (config, line) in [(moved, move), (second, "mv '\(new)' '\(old)'")] {
            try await host.shell(line, user: "ops").check()
            let run = try await host.agent("apply", config: config)
            #expect(run.exitCode == 0, "\(run.result.errors)")
            #expect(try await host.agent("plan", config: config).exitCode == 0)
        }
    }

    /// A root that the config names no more stays until it is taken away, without what the new one uses.
    private func expectOldRootIsTold(_ host: TestHost, _ second: String) async throws {
        let new = "/home/ops/other"
        let moved = try await Site.config(
            "ownership", changes: Self.changed + ["bootstrap_dir=", "bootstrap_root=\"\(new)\""])
        let run = try await host.agent("apply", config: moved)
        #expect(run.exitCode == 0, "\(run.result.errors)")
        #expect(
            run.result.errors.contains("warning: this host was provisioned beneath \(TestHost.root), too, as renamed"))
        #expect(!run.result.errors.contains("except for former-roots"), "\(run.result.errors)")
        let plan = try await host.agent("plan", config: moved)
        #expect(plan.exitCode == 0, "\(plan.result.output)")
        #expect(
            plan.result.output.contains("warning: this host was provisioned beneath \(TestHost.root)"))
        // A unit that only the old config asked for makes the host another than this one says.
        let fewer = Self.changed + ["bootstrap_dir=", "bootstrap_root=\"\(new)\"", "services=[]"]
        let less = try await host.agent("apply", config: Site.config("ownership", changes: fewer))
        #expect(less.exitCode == 0)
        let words = "lacking: renamed.service of \(TestHost.root) is still there"
        #expect(less.result.errors.contains(words), "\(less.result.errors)")
        #expect(try await host.agent("apply", config: moved).exitCode == 0)
        for (gone, left) in [(TestHost.root, new), (new, TestHost.root)] {
            let uninstall = "\(Site.agentInHost) uninstall --root \(gone)\(gone == new ? " --purge-data" : "")"
            let away = try await host.shell(uninstall, user: "ops")
            #expect(away.exitCode == 0, "\(away.output)\(away.errors)")
            #expect(away.output.contains("kept unit renamed.service: it belongs to \(left)\n"), "\(away.output)")
            #expect(try await host.shell("systemctl is-active renamed; mountpoint -q /pool").output == "active\n")
            #expect(try await host.shell("ls -d \(gone)/bundles \(gone)/bin").output == "")
            if gone == TestHost.root { #expect(try await host.agent("apply", config: second).exitCode == 0) }
        }
        #expect(try await host.shell("ls -d \(new)").output == "")
        #expect(try await host.agent("plan", config: second).exitCode == 0)
    }

    private func expectSmallerImageIsTold(_ host: TestHost, _ second: String) async throws {
        let larger = try await Site.config("ownership", changes: Self.changed + ["btrfs_image_target_gb=2"])
        #expect(try await host.agent("apply", config: larger).exitCode == 0)
        let run = try await host.agent("apply", config: second)
        #expect(run.exitCode == 0)
        #expect(run.result.errors.contains("the image has 2.0 GiB, and is never made smaller"), "\(run.result.errors)")
        #expect(run.result.errors.contains("the host matches the config, except for btrfs-image: "))
    }

    // MARK: Uninstall

    private func expectDryRunChangesNothing(_ host: TestHost) async throws {
        let now = try await state(host)
        let dry = try await host.shell("\(Site.agentInHost) uninstall --dry-run --purge-data --packages", user: "ops")
        #expect(dry.exitCode == 0, "\(dry.errors)")
        #expect(dry.output.contains("would remove unit renamed.service\n"), "\(dry.output)")
        #expect(dry.output.contains("would remove package jq\n") && dry.output.contains("would remove image "))
        let dried = try await difference(now, state(host))
        #expect(dried.isEmpty, "\(dried.prefix(20).joined(separator: "\n"))")
        #expect(try await host.shell("\(Site.agentInHost) uninstall").errors.contains("run it as the bootstrap user"))
    }

    private func expectUninstallKeepsData(_ host: TestHost) async throws {
        try await host.shell("echo precious >/pool/file").check()
        let run = try await host.shell("\(Site.agentInHost) uninstall", user: "ops")
        #expect(run.exitCode == 0, "\(run.output)\(run.errors)")
        #expect(run.output.contains("kept image /var/lib/host-bootstrap/btrfs.img: it holds data\n"), "\(run.output)")
        #expect(run.output.contains("kept package jq: packages are kept\n"))
        #expect(try await host.shell("systemctl is-active renamed").output == "inactive\n")
        #expect(try await host.shell("findmnt -n /pool; jq --version").output.hasPrefix("jq"))
        // The receipt goes on saying what is left of ours.
        #expect(try await host.shell("ls -A \(TestHost.root) \(TestHost.root)/bootstrap").output.contains("state.json"))
    }

    /// After a run on top of it, cut off in the middle by a kill, again and again.
    private func expectHalfDoneUninstallIsRepaired(_ host: TestHost, _ first: String) async throws {
        let run = try await host.agent("apply", config: first)
        #expect(run.exitCode == 0, "\(run.result.errors)")
        #expect(try await host.shell("cat /btrfs/file").output == "precious\n")
        for seconds in ["0.05", "0.1", "0.2", "0.4"] {
            _ = try await host.shell(
                "timeout -s KILL \(seconds) \(Site.agentInHost) uninstall --purge-data --packages", user: "ops")
        }
        let last = try await host.shell("\(Site.agentInHost) uninstall --purge-data --packages", user: "ops")
        #expect(last.exitCode == 0, "\(last.output)\(last.errors)")
        #expect(!last.output.contains("kept package") && !last.output.contains("failed "), "\(last.output)")
        let status = try await host.shell("\(Site.agentInHost) status", user: "ops")
        #expect(status.errors.contains("there is no receipt"))
    }

    // MARK: State

    /// Every path that the host may have, the packages, and the units that run.
    private func state(_ host: TestHost) async throws -> [String] {
        let files = try await host.snapshot(Self.places).filter { line in
            !["host.json", "/home/ops/.hub-token", "ld.so.cache", "/etc/mailcap"].contains(where: line.contains)
        }
        let rest = try await host.shell(
            "dpkg-query -W -f '${db:Status-Abbrev}${Package}\\n' | grep '^ii'; systemctl list-units --all --plain --no-legend --type=service,mount | awk '{print $1, $3}' | grep -E 'host|renamed|btrfs|pool'"
        ).output
        return files + rest.split(separator: "\n").map(String.init)
    }

    private func difference(_ before: [String], _ after: [String]) -> [String] {
        let (old, new) = (Set(before), Set(after))
        return (old.subtracting(new).map { "- \($0)" } + new.subtracting(old).map { "+ \($0)" }).sorted()
    }
}
