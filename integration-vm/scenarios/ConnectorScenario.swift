import Platform
import Testing

/// A connector that reaches a host by ssh, through a real sshd, and loses it: the run does not notice.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct ConnectorScenario {
    private static let agent = "\(TestHost.root)/bin/host-bootstrap"
    private static let log = "\(TestHost.root)/logs/bootstrap.log"
    private static let ssh = "ssh -o StrictHostKeyChecking=accept-new -o BatchMode=yes ops@localhost"
    /// The next run is at work.
    private static let underWay =
        "until tail -n +$((seen + 1)) \(log) 2>/dev/null | grep -q step_started; do sleep 0.1; done"
    private static let seen = "seen=$(cat \(log) 2>/dev/null | wc -l)"

    @Test func `a connection that is cut half-way, or left by Ctrl-C, ends the showing and not the run`() async throws {
        let config = try await Site.config("connector", "hub=", "os_release=[\"debian-12\"]")
        let failing = try await Site.config(
            "failing", "hub=", "os_release=[\"debian-12\"]", "apt_packages=[\"no-such-package-anywhere\"]")
        try await TestHost.with("connector", .init()) { host in
            try await prepare(host, config, failing)
            try await expectCutRunGoesOn(host)
            try await expectFailureIsFollowed(host)
            try await expectInterruptDetaches(host)
            try await expectLiveDisplay(host)
            try await expectJournalTells(host)
        }
    }

    private func prepare(_ host: TestHost, _ config: String, _ failing: String) async throws {
        try await host.push(config, "/home/ops/host.json")
        try await host.push(failing, "/home/ops/failing.json")
        try await host.push("\(Site.checkout)/stub/bootstrap.sh", "/root/stub.sh")
        try await host.shell(
            """
            export DEBIAN_FRONTEND=noninteractive
            apt-get -qq update && apt-get -qq -y install --no-install-recommends openssh-server tmux >/dev/null && systemctl start ssh
            mkdir -p /root/.ssh && ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519
            install -d -o ops -g ops -m 700 /home/ops/.ssh
            install -o ops -g ops -m 600 /root/.ssh/id_ed25519.pub /home/ops/.ssh/authorized_keys
            \(Self.ssh) true
            """
        ).check()
    }

    private func expectCutRunGoesOn(_ host: TestHost) async throws {
        let cut = try await host.shell(
            """
            \(Self.seen)
            sum=$(sha256sum \(Site.agentInHost) | cut -d' ' -f1)
            \(Self.ssh) "BOOTSTRAP_CONFIG=/home/ops/host.json BOOTSTRAP_BINARY_URL=file://\(Site.agentInHost) \\
                BOOTSTRAP_BINARY_SHA256=$sum BOOTSTRAP_ARGS=--detach sh -s" </root/stub.sh >/root/cut.log 2>&1 &
            \(Self.underWay); kill -KILL $!; wait $!; echo $?; grep -c 'the host matches' /root/cut.log
            """)
        #expect(cut.output == "137\n0\n", "\(cut.output)\(cut.errors)")
        let followed = try await host.shell("\(Self.ssh) \(Self.agent) status --follow")
        #expect(followed.exitCode == 0, "\(followed.errors)")
        #expect(followed.errors.contains("the host matches the config"), "\(followed.errors)")
        let plan = try await host.shell("\(Self.ssh) \(Self.agent) plan --config /home/ops/host.json")
        #expect(plan.exitCode == 0, "\(plan.output)\(plan.errors)")
    }

    private func expectFailureIsFollowed(_ host: TestHost) async throws {
        let failed = try await host.shell("\(Self.ssh) \(Self.agent) apply --detach --config /home/ops/failing.json")
        #expect(failed.exitCode == 1, "\(failed.errors)")
        #expect(failed.errors.contains("no-such-package-anywhere"), "\(failed.errors)")
        let after = try await host.shell("\(Self.ssh) \(Self.agent) status --follow")
        #expect(after.exitCode == 1, "\(after.errors)")
        #expect(after.errors.contains("no run is under way; this was the last one:"), "\(after.errors)")
    }

    private func expectInterruptDetaches(_ host: TestHost) async throws {
        // Enough to do that it is still under way when the key is pressed.
        try await host.shell("systemctl stop project-host btrfs.mount && apt-get -qq -y purge jq >/dev/null").check()
        let left = try await host.shell(
            """
            \(Self.seen)
            { \(Self.underWay); printf '\\003'; sleep 30; } |
                \(Self.ssh) -tt '\(Self.agent) apply --detach --config /home/ops/host.json' >/root/left.log; echo $?
            """)
        let shown = try await host.shell("cat /root/left.log")
        #expect(left.output == "130\n" || left.output == "0\n", "\(left.output)\(shown.output)")
        #expect(left.output == "0\n" || shown.output.contains("the run goes on: "), "\(shown.output)")
        let followed = try await host.shell("\(Self.ssh) \(Self.agent) status --follow")
        #expect(followed.exitCode == 0, "\(followed.errors)")
        #expect(try await host.shell("systemctl is-active project-host btrfs.mount").output == "active\nactive\n")
    }

    /// A person's terminal, 60 columns wide, through ssh.
    private func expectLiveDisplay(_ host: TestHost) async throws {
        try await host.shell("systemctl stop project-host btrfs.mount && apt-get -qq -y purge jq >/dev/null").check()
        let seen = try await host.shell(
            """
            tmux -f /dev/null new-session -d -x 60 -y 20 \\
                "\(Self.ssh) -tt '\(Self.agent) apply --config /home/ops/host.json'; echo \\$? >/root/code; sleep 60"
            until [ -s /root/code ]; do tmux capture-pane -p; sleep 0.2; done
            echo at last; tmux capture-pane -p; cat /root/code; tmux kill-server
            """)
        let parts = seen.output.split(separator: "at last\n").map { $0.split(separator: "\n") }
        try #require(parts.count == 2, "\(seen.output)\(seen.errors)")
        let isMoving = { (line: Substring) in line.wholeMatch(of: /[^ ] apt-packages +[0-9]+ s .*/) != nil }
        #expect(parts[0].contains(where: isMoving), "\(seen.output)")
        #expect(!parts[1].contains { isMoving($0) || $0.hasPrefix("  9") }, "\(parts[1])")
        // The window wraps what is wider than it.
        #expect(parts[1].joined().contains("the host matches the config"), "\(parts[1])")
        #expect(parts[1].last == "0")
    }

    private func expectJournalTells(_ host: TestHost) async throws {
        let told = try await host.shell(
            """
            journalctl -q -t host-bootstrap -o cat | grep -c 'the host matches the config'
            journalctl -q -t host-bootstrap HOST_BOOTSTRAP_STEP=btrfs-image -o json |
                grep -c '"MESSAGE_ID" *: *"4dbd74d8a40447b5b644dc4a1564572e"'
            """)
        let counts = told.output.split(separator: "\n").compactMap { Int($0) }
        #expect(counts.count == 2 && counts.allSatisfy { $0 > 0 }, "\(told.output)\(told.errors)")
    }
}
