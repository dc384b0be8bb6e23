import Platform
import Testing

/// The kernel's settings, on a host whose network's are its own; those of the machine's memory cannot be changed from in there.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct SysctlScenario {
    private static let look = "cat /proc/sys/net/core/somaxconn /proc/sys/net/ipv4/ip_local_port_range"
    private static let file = "/etc/sysctl.d/60-host-bootstrap-ops.conf"

    private static func config(_ settings: String) throws -> String {
        try Site.bareConfig("sysctl", #""sysctl": "# + settings)
    }

    @Test func `settings hold now and at each boot, and what they were comes back`() async throws {
        let both = try Self.config(#"{"net.core.somaxconn": 4321, "net/ipv4/ip_local_port_range": "20000 50000"}"#)
        try await TestHost.with("sysctl", .init()) { host in
            // A host of these has the network's settings for its own, but may only read them where it was booted.
            let proc =
                "mkdir /run/p && mount -t proc proc /run/p && mount --bind /run/p/sys/net /proc/sys/net && umount /run/p"
            try await host.shell(proc).check()
            let before = try await host.shell(Self.look).check().output
            let plan = try await host.agent("plan", config: both)
            #expect(plan.exitCode == 7 && plan.result.output.contains("net.core.somaxconn"), "\(plan.result.output)")
            #expect(try await host.agent("apply", "--json", config: both).changed.contains("sysctl"))
            #expect(try await host.shell(Self.look).output == "4321\n20000\t50000\n")
            #expect(try await host.agent("apply", "--json", config: both).changed.isEmpty)
            try await host.shell("echo 99 >/proc/sys/net/core/somaxconn; echo >>\(Self.file)").check()
            #expect(try await host.agent("apply", "--json", config: both).changed.contains("sysctl"))
            // As systemd does at boot.
            try await host.shell("echo 99 >/proc/sys/net/core/somaxconn; /lib/systemd/systemd-sysctl").check()
            #expect(try await host.agent("plan", config: both).exitCode == 0)
            try await expectRefusals(host)
            try await expectReturn(host, before)
        }
    }

    private func expectRefusals(_ host: TestHost) async throws {
        let unknown = try await host.agent("apply", "--json", config: try Self.config(#"{"net.core.no_such": 1}"#))
        #expect(unknown.exitCode == 1, "\(unknown.result.errors)")
        #expect(unknown.result.errors.contains("this kernel has no such setting"), "\(unknown.result.errors)")
        let bad = try await host.agent("apply", "--json", config: try Self.config(#"{"net.core.somaxconn": "many"}"#))
        #expect(bad.exitCode == 1, "\(bad.result.errors)")
        #expect(bad.result.errors.contains("the kernel does not take \"many\""), "\(bad.result.errors)")
    }

    private func expectReturn(_ host: TestHost, _ before: String) async throws {
        let one = try Self.config(#"{"net.core.somaxconn": 4444}"#)
        let run = try await host.agent("apply", "--json", config: one)
        #expect(run.exitCode == 0, "\(run.result.errors)")
        let lines = before.split(separator: "\n")
        #expect(try await host.shell(Self.look).output == "4444\n\(lines[1])\n")
        #expect(try await host.agent("apply", "--json", config: one).changed.isEmpty)
        let gone = try await host.run(Site.agentInHost, "uninstall", user: TestHost.user)
        #expect(gone.exitCode == 0, "\(gone.output)\(gone.errors)")
        #expect(try await host.shell(Self.look).output == before)
        #expect(try await host.shell("test -e \(Self.file)").exitCode == 1)
    }
}
