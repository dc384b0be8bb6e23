import Platform
import Testing

/// Hosts of each release, made from its own packages: with its own sudo, apt, systemd and sources, on this machine's kernel.
///
/// What a kernel of theirs would add is not here, such as the bound that Ubuntu's AppArmor puts on user namespaces.
@Suite(.serialized, .enabled(if: !Site.releases.isEmpty, "needs HOST_BOOTSTRAP_SYSTEMS, which Tests/run sets"))
struct SystemsScenario {
    private static let supported = "os_release=[\"ubuntu-24.04+\", \"debian-12+\"]"
    private static let refused: Set = ["bullseye", "jammy"]

    @Test(arguments: Site.releases.filter { !refused.contains($0) })
    func `a supported release becomes a host while its own upgrades run at first boot`(release: String) async throws {
        let config = try await Site.config("system", "hub=", Self.supported)
        try await TestHost.with("system", .init(release: release)) { host in
            try await haveUpgradesAtFirstBoot(host, release)
            let run = try await host.agent("apply", "--json", config: config)
            #expect(run.exitCode == 0, "\(release): \(run.result.errors)")
            try await expectReady(host, config, release)
        }
    }

    @Test(arguments: Site.releases.filter { refused.contains($0) })
    func `an older release is refused untouched, and becomes a host when its config says so`(release: String)
        async throws
    {
        let refusing = try await Site.config("older", "hub=", Self.supported)
        let allowing = try await Site.config(
            "older", "hub=", "os_release=[\"\(release == "jammy" ? "ubuntu-22.04" : "debian-11")\"]")
        try await TestHost.with("older", .init(release: release)) { host in
            let before = try await host.snapshot("/etc", "/home", "/usr/local", "/var/lib/dpkg")
            let run = try await host.agent("apply", "--json", config: refusing)
            #expect(run.exitCode == 4, "\(release): \(run.result.errors)")
            #expect(run.result.errors.contains("failed  operating-system: "), "\(run.result.errors)")
            try await host.shell("rm -f ~ops/host.json").check()
            #expect(try await host.snapshot("/etc", "/home", "/usr/local", "/var/lib/dpkg") == before)
            let allowed = try await host.agent("apply", "--json", config: allowing)
            #expect(allowed.exitCode == 0, "\(release): \(allowed.result.errors)")
            try await expectReady(host, allowing, release)
        }
    }

    /// The packages that real images of the release have, real, and their upgrade begun a moment ago.
    private func haveUpgradesAtFirstBoot(_ host: TestHost, _ release: String) async throws {
        let isUbuntu = try await host.shell("grep -qx ID=ubuntu /etc/os-release").succeeded
        let packages = "unattended-upgrades needrestart" + (isUbuntu ? " ubuntu-pro-client" : "")
        try await host.shell(
            """
            export DEBIAN_FRONTEND=noninteractive
            apt-get -qq update && apt-get -qq -y install --no-install-recommends \(packages) >/dev/null
            echo 'APT::Periodic::Update-Package-Lists "1"; APT::Periodic::Unattended-Upgrade "1";' >/etc/apt/apt.conf.d/20auto-upgrades
            systemctl start --no-block apt-daily.service apt-daily-upgrade.service
            """
        ).check()
    }

    private func expectReady(_ host: TestHost, _ config: String, _ release: String) async throws {
        let state = try await host.shell(
            "findmnt -no FSTYPE /btrfs; systemctl is-active btrfs.mount project-host; curl -fsS http://127.0.0.1:9100/health >/dev/null && echo healthy; jq --version >/dev/null && echo jq"
        )
        #expect(state.output == "btrfs\nactive\nactive\nhealthy\njq\n", "\(release): \(state.output)\(state.errors)")
        let again = try await host.agent("apply", "--json", "--verbose", config: config)
        #expect(again.exitCode == 0, "\(release): \(again.result.errors)")
        #expect(again.changed.isEmpty, "\(release): \(again.result.errors)")
        let plan = try await host.agent("plan", config: config)
        #expect(plan.exitCode == 0, "\(release): \(plan.result.output)")
        let verified = try await host.run(Site.agentInHost, "status", "--verify", user: TestHost.user)
        #expect(verified.exitCode == 0, "\(release): \(verified.output)\(verified.errors)")
        try await expectClosedDoor(host, config, release)
        let gone = try await host.run(Site.agentInHost, "uninstall", "--purge-data", user: TestHost.user)
        #expect(gone.exitCode == 0, "\(release): \(gone.output)\(gone.errors)")
    }

    /// Without sudo for anything else the release's own sudo lets exactly the helper through.
    private func expectClosedDoor(_ host: TestHost, _ config: String, _ release: String) async throws {
        let units = "--unit project-host.service --unit btrfs.mount"
        try await host.shell("\(Site.agentInHost) install-helper --user ops \(units) && rm /etc/sudoers.d/90-ops")
            .check()
        let other = try await host.run("sudo", "-n", "true", user: TestHost.user)
        #expect(other.exitCode != 0, "\(release): sudo lets ops do anything")
        let door = try await host.agent("preflight", config: config)
        #expect(door.exitCode == 0, "\(release): \(door.result.output)\(door.result.errors)")
        try await host.shell("systemctl stop project-host").check()
        let run = try await host.agent("apply", "--json", config: config)
        #expect(run.exitCode == 0, "\(release): \(run.result.errors)")
        let active = try await host.shell("systemctl is-active project-host")
        #expect(active.output == "active\n", "\(release): \(run.changed)")
    }
}
