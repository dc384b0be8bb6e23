import Platform
import Testing

/// Users, their groups and numbers; and what becomes of a swap file where there can be none.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct UsersScenario {
    private static let look = "cat /etc/passwd /etc/group /etc/subuid /etc/subgid; ls /var/lib/systemd/linger"
    private static let users = #"""
        "users": [{"name": "web", "system": true, "groups": ["adm", "team"]},
                  {"name": "box", "uid": 1200, "shell": "/bin/sh", "subuid": "300000:65536", "subgid": "300000:65536", "linger": true},
                  {"name": "ops", "groups": ["team"], "shell": "/bin/dash"}]
        """#

    @Test func `users are as the config says, what a person had stays, and what was made goes`() async throws {
        let all = try Site.bareConfig("users", Self.users)
        try await TestHost.with("users", .init()) { host in
            try await host.shell("mkdir -p /var/lib/systemd/linger").check()
            let before = try await host.shell(Self.look).output
            let plan = try await host.agent("plan", config: all)
            #expect(plan.exitCode == 7 && plan.result.output.contains("user web in team"), "\(plan.result.output)")
            let run = try await host.agent("apply", "--json", config: all)
            #expect(run.exitCode == 0 && run.changed.contains("users"), "\(run.result.errors)")
            #expect(
                try await host.shell("id -Gn web; id -u box; id -Gn ops").output == "web adm team\n1200\nops team\n")
            #expect(
                try await host.shell("grep -h ^box /etc/subuid /etc/subgid").output
                    == "box:300000:65536\nbox:300000:65536\n")
            #expect(
                try await host.shell("getent passwd web box ops | cut -d: -f6,7").output
                    == "/home/web:/usr/sbin/nologin\n/home/box:/bin/sh\n/home/ops:/bin/dash\n")
            #expect(
                try await host.shell("test -d /home/box -a ! -e /home/web; systemctl is-active user@1200").output
                    == "active\n")
            #expect(try await host.agent("apply", "--json", config: all).changed.isEmpty)
            try await host.shell("gpasswd -d web team; usermod -s /bin/bash box; loginctl disable-linger box").check()
            #expect(try await host.agent("apply", "--json", config: all).changed.contains("users"))
            try await expectRefusals(host)
            try await expectDepartures(host, before)
        }
    }

    private func expectRefusals(_ host: TestHost) async throws {
        for (users, words) in [
            (#"[{"name": "ops", "uid": 4711}]"#, "is never given another"),
            (#"[{"name": "new", "uid": 1200}]"#, "UID 1200 is not unique"),
        ] {
            let config = try Site.bareConfig("users", #""users": "# + users)
            let run = try await host.agent("apply", "--json", "--only", "users", config: config)
            #expect(run.exitCode == 1 && run.result.errors.contains(words), "\(run.result.errors)")
        }
    }

    private func expectDepartures(_ host: TestHost, _ before: String) async throws {
        let fewer = try Site.bareConfig("users", #""users": [{"name": "web", "system": true, "groups": ["adm"]}]"#)
        let run = try await host.agent("apply", "--json", config: fewer)
        #expect(run.exitCode == 0, "\(run.result.errors)")
        #expect(
            try await host.shell("id -Gn web; id box 2>&1; getent group team; ls -d /home/box").output
                == "web adm\nid: ‘box’: no such user\n/home/box\n")
        let gone = try await host.run(Site.agentInHost, "uninstall", user: TestHost.user)
        #expect(gone.exitCode == 0, "\(gone.output)\(gone.errors)")
        #expect(try await host.shell(Self.look).output == before)
    }

    @Test func `in a container, where the kernel's swap is the machine's, none is taken into use, and that is said`()
        async throws
    {
        let config = try Site.bareConfig("swap", #""swap_gb": 1"#)
        try await TestHost.with("swap", .init()) { host in
            let run = try await host.agent("apply", "--json", config: config)
            #expect(run.exitCode == 1 && run.result.errors.contains("in a container"), "\(run.result.errors)")
            #expect(try await host.agent("plan", config: config).exitCode == 7)
            let gone = try await host.run(Site.agentInHost, "uninstall", user: TestHost.user)
            #expect(gone.exitCode == 0, "\(gone.output)\(gone.errors)")
            #expect(try await host.shell("ls /var/lib/host-bootstrap /etc/systemd/system/*.swap").output == "")
        }
    }
}
