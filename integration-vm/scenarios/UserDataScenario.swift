import Platform
import Testing

/// Fresh hosts, provisioned by user-data in the formats that hold more than one script; FirstBootScenario shows the script.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct UserDataScenario {
    @Test(arguments: [("cloud-config", "bookworm"), ("multipart", "trixie")])
    func `the user-data makes the user, brings the token unseen, and a host that is done`(
        format: String, release: String
    ) async throws {
        let (name, user) = ("by-\(format)", "newcomer")
        let userData = try await userData(of: name, user, format)
        defer { try? Files.remove(userData) }
        try await TestHost.with(name, .init(release: release, options: ["--user-data", userData])) { host in
            let boot = try await host.shell(
                "cloud-init status --wait; grep -e '^bootstrap: ' -e matches /var/log/cloud-init-output.log")
            try #require(boot.output.contains("the host matches the config"), "\(boot.output)")
            let made = try await host.shell(
                """
                id -un \(user); stat -c '%a %U' ~\(user)/.hub-token ~\(user)/cocalc-host/.bootstrap_done /var/lib/host-bootstrap/stub.sh
                grep -rcF "$(cat ~\(user)/.hub-token)" /var/log/cloud-init.log /var/log/cloud-init-output.log | cut -d: -f2
                """)
            #expect(made.output == "\(user)\n600 \(user)\n644 \(user)\n755 root\n0\n0\n", "\(made)")
            if format == "cloud-config" {
                let seed = "/var/lib/cloud/seed/nocloud/user-data"
                let check = try await host.shell("cloud-init schema -c \(seed)")
                #expect(check.exitCode == 0 && check.output.contains("Valid"), "\(check)")
            }
        }
    }

    /// Of a host with nothing but a user, so that what takes time is the boot.
    private func userData(of name: String, _ user: String, _ format: String) async throws -> String {
        let config = """
            {"bootstrap_user": "\(user)", "bootstrap_root": "/home/\(user)/cocalc-host", "host_id": "\(name)",
             "os_release": ["debian-12", "debian-13"], "minimum_free_disk_gb": 1,
             "hub": {"url": "https://hub.test/api/v1/hosts/\(name)/status", "token": {"file": "/home/\(user)/.hub-token"}}}
            """
        let path = "\(Site.folder ?? "/tmp")/\(name)"
        try Files.replace("\(path).json", with: Array(config.utf8), mode: 0o600)
        try await Site.run("hub", "add-host", name, "--config", "\(path).json")
        let text = try await Site.run(
            "hub", "user-data", name, "--format", format, "--hub-url", "https://hub.test")
        try Files.replace("\(path).user-data", with: Array(text.utf8), mode: 0o600)
        return "\(path).user-data"
    }
}
