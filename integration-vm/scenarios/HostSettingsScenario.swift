import Platform
import Testing

/// The machine's name, time zone and language, with the packages that bring them.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct HostSettingsScenario {
    private static let look = """
        hostname; cat /etc/hostname; readlink /etc/localtime; cat /etc/timezone; cat /etc/default/locale /etc/locale.conf
        cat /etc/hosts; env LC_ALL=en_GB.UTF-8 locale -k LC_TIME 2>&1 | grep -c January
        """

    private static func config(_ members: String) throws -> String {
        try Site.bareConfig("settings", #""apt_packages": ["locales", "tzdata"], "# + members)
    }

    @Test func `a host has its name, time zone and language now and at each boot, and what they were comes back`()
        async throws
    {
        let all = try Self.config(
            #""hostname": "node-7.example", "timezone": "Europe/Vienna", "locale": "en_GB.UTF-8""#)
        try await TestHost.with("settings", .init()) { host in
            try await host.shell("apt-get -qq update && apt-get -qq -y install locales tzdata").check()
            let before = try await host.shell(Self.look).output
            let plan = try await host.agent("plan", config: all)
            #expect(plan.exitCode == 7 && plan.result.output.contains("Europe/Vienna"), "\(plan.result.output)")
            let run = try await host.agent("apply", "--json", config: all)
            #expect(run.exitCode == 0 && run.changed.contains("host-settings"), "\(run.result.errors)")
            let after = try await host.shell(Self.look).output.split(separator: "\n").map(String.init)
            #expect(
                after.starts(with: [
                    "node-7.example", "node-7.example", "../usr/share/zoneinfo/Europe/Vienna", "Europe/Vienna",
                ]), "\(after)")
            #expect(after.contains("LANG=en_GB.UTF-8") && after.last != "0", "\(after)")
            // What sudo(8) says when a machine does not know its own name.
            let sudo = try await host.run("sudo", "-n", "date", "+%Z", user: TestHost.user)
            #expect(sudo.errors == "" && sudo.output.hasPrefix("CE"), "\(sudo.errors)\(sudo.output)")
            #expect(try await host.agent("apply", "--json", config: all).changed.isEmpty)
            try await expectRepair(host, all)
            try await expectRefusals(host)
            let gone = try await host.run(Site.agentInHost, "uninstall", user: TestHost.user)
            #expect(gone.exitCode == 0, "\(gone.output)\(gone.errors)")
            // A locale that was generated stays, as packages do; and the zone's link is written in one way.
            let left = try await host.shell(Self.look).output.replacingBytes("../usr", with: "/usr")
            #expect(left.split(separator: "\n").dropLast() == before.split(separator: "\n").dropLast())
        }
    }

    private func expectRepair(_ host: TestHost, _ config: String) async throws {
        for damage in [
            "hostname other", "echo other >/etc/hostname", "sed -i /node-7/d /etc/hosts", "rm /etc/localtime",
            "echo UTC >/etc/timezone", "sed -i /LANG/d /etc/default/locale",
            "rm -r /usr/lib/locale/locale-archive /usr/lib/locale/en_GB*; true",
        ] {
            try await host.shell(damage).check()
            let run = try await host.agent("apply", "--json", config: config)
            #expect(run.changed.contains("host-settings"), "\(damage): \(run.changed) \(run.result.errors)")
            #expect(try await host.agent("plan", config: config).exitCode == 0, "\(damage)")
        }
    }

    private func expectRefusals(_ host: TestHost) async throws {
        for (member, words) in [
            (#""timezone": "Europe/Atlantis""#, "this host knows no such time zone"),
            (#""locale": "xx_XX.UTF-8""#, "there is no such locale"),
        ] {
            let run = try await host.agent("apply", "--json", config: try Self.config(member))
            #expect(run.exitCode == 1 && run.result.errors.contains(words), "\(member): \(run.result.errors)")
        }
    }
}
