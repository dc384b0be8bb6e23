import Platform
import Testing

/// Both programs as packages of Debian's: installed, upgraded, removed, purged.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct DebianPackageScenario {
    private static let health = "curl -fsS http://127.0.0.1:8002/health"
    /// Where a package puts things, and where it could leave some.
    private static let places = ["/usr", "/etc", "/var/lib/private", "/var/lib/systemd", "/home/ops"]

    @Test
    func `the packages please lintian, install, upgrade with the hub's data kept, and are purged without a trace`()
        async throws
    {
        let folder = try WorkFolder(prefix: "/tmp/debian-packages-")
        defer { folder.remove() }
        for version in ["0.1.0~a", "0.1.0~b"] { try await make(version, in: "\(folder.path)/\(version)") }
        try await TestHost.with("packages", .init()) { host in
            try await list(host, as: "before")
            try await install("0.1.0~a", from: folder.path, on: host)
            try await expectItWorks(host)
            let token = try await host.shell("bootstrap-hub add-host kept --data /var/lib/bootstrap-hub").check()
            #expect(!token.output.isEmpty)
            let old = try await host.shell("systemctl show -P MainPID bootstrap-hub").output
            try await install("0.1.0~b", from: folder.path, on: host)
            try await expectItWorks(host)
            #expect(try await host.shell("systemctl show -P MainPID bootstrap-hub").output != old)
            let hosts = try await host.shell("bootstrap-hub list-hosts --data /var/lib/bootstrap-hub").check().output
            #expect(hosts.contains("kept"), "\(hosts)")
            try await expectPurge(host)
        }
    }

    private func make(_ version: String, in folder: String) async throws {
        let made = try await Subprocess.run(
            Command(
                "/usr/bin/env",
                [
                    "HOST_BOOTSTRAP_DIST=\(Site.distribution)", "\(Site.checkout)/release/debian-packages", folder,
                    version,
                ]),
            timeout: .seconds(300))
        #expect(made.succeeded, "\(made.errors)")
        let packages = try Folders.names(in: folder).map { "\(folder)/\($0)" }
        #expect(packages.count == 2)
        let judged = try await Subprocess.run(
            Command("/usr/bin/lintian", ["--allow-root", "--fail-on", "error,warning"] + packages),
            timeout: .seconds(300))
        #expect(judged.succeeded, "\(judged.output)\(judged.errors)")
    }

    private func install(_ version: String, from folder: String, on host: TestHost) async throws {
        for path in try Folders.names(in: "\(folder)/\(version)") {
            try await host.push("\(folder)/\(version)/\(path)", "/root/\(path)")
        }
        try await host.shell(
            """
            DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends /root/*_\(version)_*.deb
            """
        ).check()
        let versions = try await host.shell("dpkg -s host-bootstrap bootstrap-hub | sed -n 's/^Version: //p'").check()
        #expect(versions.output == "\(version)\n\(version)\n")
    }

    private func expectItWorks(_ host: TestHost) async throws {
        // The socket's first connection starts it.
        #expect(try await host.shell("systemctl is-active bootstrap-hub.socket").output == "active\n")
        #expect(try await host.shell(Self.health).output.contains("healthy"))
        #expect(try await host.shell("/usr/bin/host-bootstrap --version").output.hasPrefix("host-bootstrap "))
        #expect(try await host.shell("journalctl --list-catalog | grep -c 'host-bootstrap'").output != "0\n")
        let typed = """
            source /usr/share/bash-completion/completions/host-bootstrap
            COMP_WORDS=(host-bootstrap unin) COMP_CWORD=1; _host_bootstrap; echo "$COMPREPLY"
            source /usr/share/bash-completion/completions/bootstrap-hub
            COMP_WORDS=(bootstrap-hub revoke-k) COMP_CWORD=1; _bootstrap_hub; echo "$COMPREPLY"
            test -f /usr/share/doc/bootstrap-hub/examples/bootstrap-hub-alerts.yml && echo alerts
            """
        let completed = try await host.run("bash", "-c", typed)
        #expect(completed.output == "uninstall\nrevoke-key\nalerts\n", "\(completed)")
    }

    private func expectPurge(_ host: TestHost) async throws {
        try await host.shell("DEBIAN_FRONTEND=noninteractive apt-get -qq remove -y host-bootstrap bootstrap-hub")
            .check()
        let units = try await host.shell(
            "systemctl is-active bootstrap-hub.socket bootstrap-hub.service; pgrep -x bootstrap-hub")
        #expect(units.output == "inactive\ninactive\n", "\(units)")
        #expect(try await host.shell("ls -A /var/lib/private/bootstrap-hub").output != "")
        try await host.shell("DEBIAN_FRONTEND=noninteractive apt-get -qq purge -y host-bootstrap bootstrap-hub").check()
        try await list(host, as: "after")
        let left = try await host.shell("diff /root/before /root/after")
        #expect(left.exitCode == 0, "\(left.output)")
    }

    /// What is the journal's and the timers' own comes and goes.
    private func list(_ host: TestHost, as name: String) async throws {
        try await host.shell(
            """
            find \(Self.places.joined(separator: " ")) -xdev 2>/dev/null | grep -vE '/catalog/database|/systemd/timers' |
                sort >/root/\(name)
            """
        ).check()
    }
}
