import FoundationEssentials
import Platform
import Testing

/// Units of the bootstrap user's own, which its systemd runs without root and without a log-in.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct UserUnitsScenario {
    @Test func `a user's own units run without a log-in and without root, and leave as they came`() async throws {
        try await TestHost.with("user-units", .init()) { host in
            try await host.shell("mkdir -p /var/lib/systemd/linger\n\(Self.bus)").check()
            let before = try await look(host)
            try await expectPlanAndRun(host)
            try await expectHandsAreMended(host)
            try await expectChangesRestart(host)
            try await expectFailureInItsOwnWords(host)
            try await expectMaskComesAndGoes(host)
            try await expectPackagesUnitIsAsItWas(host)
            try await expectNoBusIsNeeded(host)
            try await expectBootWithoutLogIn(host)
            try await expectOwnSystemdIsStarted(host)
            try await expectNoRootIsNeeded(host)
            try await expectDeparture(host)
            #expect(try await apply(host, [Self.word("one")]).exitCode == 0)
            let gone = try await host.shell("\(Site.agentInHost) uninstall --root \(TestHost.root)", user: "ops")
            #expect(gone.exitCode == 0, "\(gone.output)\(gone.errors)")
            #expect(try await look(host) == before, "\(gone.output)")
        }
    }

    private func look(_ host: TestHost) async throws -> String {
        try await host.shell("ls /var/lib/systemd/linger; find /home/ops/.config 2>/dev/null | sort").output
    }

    /// What dbus-user-session brings, and these hosts do not have.
    private static let bus = """
        set -e; cd /usr/lib/systemd/user; mkdir -p sockets.target.wants
        ln -sfn ../dbus.socket sockets.target.wants/dbus.socket
        printf '[Socket]\\nListenStream=%%t/bus\\n' >dbus.socket
        printf '[Unit]\\nRequires=dbus.socket\\n[Service]\\nType=notify\\nNotifyAccess=main\\nExecStart=%s\\n' \
            '/usr/bin/dbus-daemon --config-file=/etc/user-bus.conf --address=systemd: --nofork --nopidfile' >dbus.service
        cat >/etc/user-bus.conf <<'end'
        <busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth><policy context="default">
        <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
        end
        """

    private static let folder = "/home/ops/.config/systemd/user"

    /// Writes the word that it was started with.
    private static func word(
        _ word: String, enabled: Bool = true, masked: Bool = false, scope: String? = "user"
    ) -> Unit {
        let text = """
            [Service]
            Environment=WORD=plain
            ExecStart=/bin/sh -c 'echo $$WORD-$$(id -un) >/tmp/word; exec sleep infinity'
            [Install]
            WantedBy=default.target

            """
        return Unit(
            "word.service", text, enabled: enabled, masked: masked, scope: scope,
            dropIns: masked ? nil : ["word": "[Service]\nEnvironment=WORD=\(word)\n"])
    }

    private static let once = Unit(
        "once.service", "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo x >>/tmp/once'\n", scope: "user")

    private static let said = "cat /tmp/word"
    private static let stands = "systemctl --user is-enabled word; systemctl --user is-active word"

    private func expectPlanAndRun(_ host: TestHost) async throws {
        let plan = try await agent(host, "plan", [Self.word("one"), Self.once])
        #expect(plan.exitCode == 7, "\(plan.result.errors)")
        for words in ["user ops linger", "\(Self.folder)/word.service", "user-service-word", "user@1000.service"] {
            #expect(plan.result.output.contains(words), "\(words): \(plan.result.output)")
        }
        #expect(try await host.shell("ls /var/lib/systemd/linger \(Self.folder)").output.contains("word") == false)
        let run = try await apply(host, [Self.word("one"), Self.once])
        #expect(run.exitCode == 0, "\(run.result.errors)")
        #expect(Set(run.changed).isSuperset(of: ["users", "unit-files", "user-service-word", "user-service-once"]))
        #expect(try await host.shell(Self.said).output == "one-ops\n")
        #expect(try await host.shell("cat /tmp/once").output == "x\n")
        #expect(try await asUser(host, Self.stands) == "enabled\nactive\n")
        #expect(
            try await host.shell("stat -c %U:%a \(Self.folder)/word.service; ls /etc/systemd/system/word.service")
                .output
                == "ops:644\n")
        let again = try await apply(host, [Self.word("one"), Self.once])
        #expect(again.exitCode == 0 && again.changed.isEmpty, "\(again.changed)")
        #expect(try await host.shell("cat /tmp/once").output == "x\n")
        let names = "busctl --user list --no-legend | grep -c '^org.freedesktop.systemd1 '"
        #expect(
            try await asUser(host, "export DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus; \(names)") == "1\n")
        try await expectVerified(host, 0)
    }

    private func expectVerified(_ host: TestHost, _ code: Int32, _ words: String = "") async throws {
        let status = try await host.shell(
            "\(Site.agentInHost) status --verify --root \(TestHost.root)", user: "ops")
        #expect(status.exitCode == code && status.output.contains(words), "\(status.output)\(status.errors)")
    }

    private func expectHandsAreMended(_ host: TestHost) async throws {
        let units = [Self.word("one"), Self.once]
        for (hand, words) in [
            ("systemctl --user disable --now word", "word.service at boot"),
            ("echo '# mine' >>\(Self.folder)/word.service; systemctl --user daemon-reload", "word.service"),
            ("rm \(Self.folder)/word.service.d/word.conf; systemctl --user daemon-reload", "word.conf"),
        ] {
            _ = try await asUser(host, "\(hand); rm -f /tmp/word")
            try await expectVerified(host, 7, words)
            let run = try await apply(host, units)
            #expect(run.exitCode == 0 && run.changed.contains("user-service-word"), "\(hand): \(run.result.errors)")
            #expect(try await host.shell(Self.said).output == "one-ops\n", "\(hand)")
            #expect(try await asUser(host, Self.stands) == "enabled\nactive\n", "\(hand)")
        }
        // What others did is told and kept, unless the run takes over.
        _ = try await asUser(
            host,
            "printf '[Service]\\nNice=1\\n' >\(Self.folder)/word.service.d/more.conf; systemctl --user daemon-reload")
        let kept = try await apply(host, units)
        #expect(kept.result.errors.contains("warning: word.service has a drop-in that no config wrote"))
        let taken = try await apply(host, units, "--take-over")
        #expect(taken.exitCode == 0, "\(taken.result.errors)")
        #expect(
            try await host.shell("cd \(Self.folder)/word.service.d; ls; rm more*").output.contains(
                "more.conf.set-aside-"))
    }

    private func expectChangesRestart(_ host: TestHost) async throws {
        let run = try await apply(host, [Self.word("two"), Self.once])
        #expect(run.exitCode == 0, "\(run.result.errors)")
        #expect(Set(run.changed) == ["environment-files", "unit-files", "user-service-word", "finish"])
        #expect(try await host.shell("\(Self.said) /tmp/once").output == "two-ops\nx\n")
        // It runs, and starts with the host no more.
        #expect(try await apply(host, [Self.word("two", enabled: false)]).exitCode == 0)
        #expect(try await asUser(host, Self.stands) == "disabled\nactive\n")
        #expect(try await host.shell("ls \(Self.folder)").output == "word.service\nword.service.d\n")
    }

    private func expectFailureInItsOwnWords(_ host: TestHost) async throws {
        let unit = Unit(
            "fails.service", "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo no such table; exit 3'\n",
            scope: "user")
        let run = try await apply(host, [Self.word("two"), unit])
        let failure = run.events.first { $0.event == "step_failed" }
        #expect(run.exitCode == 1 && failure?.step == "user-service-fails", "\(run.result.errors)")
        #expect(failure?.error?.contains("ended with exit code 3") == true, "\(failure as Any)")
        #expect(failure?.hint?.contains("systemctl --user status 'fails.service'") == true, "\(failure as Any)")
    }

    private func expectMaskComesAndGoes(_ host: TestHost) async throws {
        let masked = [Self.word("two", masked: true)]
        let run = try await apply(host, masked)
        #expect(run.exitCode == 0, "\(run.result.errors)")
        #expect(try await asUser(host, Self.stands) == "masked\ninactive\n")
        #expect(try await apply(host, masked).changed.isEmpty)
        let back = try await apply(host, [Self.word("two")])
        #expect(back.exitCode == 0, "\(back.result.errors)")
        #expect(try await asUser(host, Self.stands) == "enabled\nactive\n")
    }

    private func expectPackagesUnitIsAsItWas(_ host: TestHost) async throws {
        let text = "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=default.target\n"
        let file = "/usr/lib/systemd/user/asleep.service"
        try await host.shell("printf '\(text.split(separator: "\n").joined(separator: "\\n"))\\n' >\(file)").check()
        _ = try await asUser(host, "systemctl --user daemon-reload")
        let look = "systemctl --user is-enabled asleep; systemctl --user is-active asleep"
        #expect(try await asUser(host, look) == "disabled\ninactive\n")
        let units = [Self.word("two"), Unit("asleep.service", nil, scope: "user")]
        let run = try await apply(host, units)
        #expect(run.exitCode == 0, "\(run.result.errors)")
        #expect(try await asUser(host, look) == "enabled\nactive\n")
        #expect(try await apply(host, units).changed.isEmpty)
        #expect(try await apply(host, [Self.word("two")]).exitCode == 0)
        #expect(try await asUser(host, look) == "disabled\ninactive\n")
    }

    /// Not every host has dbus-user-session.
    private func expectNoBusIsNeeded(_ host: TestHost) async throws {
        try await host.shell("rm /usr/lib/systemd/user/sockets.target.wants/dbus.socket").check()
        _ = try await asUser(host, "systemctl --user stop dbus.socket dbus.service; rm -f /run/user/1000/bus")
        let units = [Self.word("three"), Self.once]
        let run = try await apply(host, units)
        #expect(run.exitCode == 0 && run.changed.contains("user-service-once"), "\(run.result.errors)")
        #expect(try await host.shell("\(Self.said) /tmp/once").output == "three-ops\nx\nx\n")
        #expect(try await apply(host, units).changed.isEmpty)
        #expect(try await apply(host, [Self.word("three")]).exitCode == 0)
    }

    private func expectBootWithoutLogIn(_ host: TestHost) async throws {
        try await host.shell("rm /tmp/word; sync").check()
        try await host.dieAndBoot()
        let wait = "for i in $(seq 100); do test -s /tmp/word && break; sleep 0.1; done; \(Self.said)"
        #expect(try await host.shell(wait).output == "three-ops\n")
        #expect(try await apply(host, [Self.word("three")]).exitCode == 0)
        #expect(try await apply(host, [Self.word("three")]).changed.isEmpty)
    }

    private func expectOwnSystemdIsStarted(_ host: TestHost) async throws {
        try await host.shell("systemctl stop user@1000; rm -f /tmp/word").check()
        let plan = try await agent(host, "plan", [Self.word("three")])
        #expect(plan.exitCode == 7 && plan.result.output.contains("user@1000.service"), "\(plan.result.output)")
        let run = try await apply(host, [Self.word("three")])
        #expect(run.exitCode == 0, "\(run.result.errors)")
        #expect(try await host.shell(Self.said).output == "three-ops\n")
    }

    /// Behind the closed door, and with what lies there out of the way altogether.
    private func expectNoRootIsNeeded(_ host: TestHost) async throws {
        let shut = """
            set -e; mkdir -p /root/aside; mv /etc/sudoers.d/*ops* /root/aside/
            \(Site.agentInHost) install-helper --user ops
            """
        try await host.shell(shut).check()
        let run = try await apply(host, [Self.word("four")])
        #expect(run.exitCode == 0, "\(run.result.errors)")
        #expect(try await host.shell(Self.said).output == "four-ops\n")
        try await host.shell("loginctl disable-linger ops; systemctl stop user@1000; rm -f /tmp/word").check()
        let mended = try await apply(host, [Self.word("four")])
        #expect(mended.exitCode == 0 && mended.changed.contains("users"), "\(mended.result.errors)")
        #expect(try await host.shell(Self.said).output == "four-ops\n")
        // There it starts its own systemd, and no other's.
        try await host.shell("systemctl stop user@1000; rm -f /tmp/word").check()
        let started = try await apply(host, [Self.word("four")])
        #expect(started.exitCode == 0, "\(started.result.errors)")
        #expect(try await host.shell(Self.said).output == "four-ops\n")
        let open = "\(Site.agentInHost) install-helper --user ops --remove; mv /root/aside/* /etc/sudoers.d/"
        try await host.shell(open).check()
    }

    private func expectDeparture(_ host: TestHost) async throws {
        // The same unit becomes the machine's.
        let moved = try await apply(host, [Self.word("five", scope: nil)])
        #expect(moved.exitCode == 0, "\(moved.result.errors)")
        #expect(try await host.shell(Self.said).output == "five-root\n")
        #expect(try await host.shell("find \(Self.folder) -name 'word*'; ls /var/lib/systemd/linger").output == "")
        // What a person made of it is kept, and told.
        #expect(try await apply(host, [Self.word("one")]).exitCode == 0)
        _ = try await asUser(host, "echo '# mine' >>\(Self.folder)/word.service")
        let kept = try await apply(host, [])
        #expect(kept.exitCode != 0 || kept.result.errors.contains("is kept"), "\(kept.result.errors)")
        #expect(kept.result.errors.contains("systemctl --user disable --now word.service"), "\(kept.result.errors)")
        try await host.shell("sed -i '/# mine/d' \(Self.folder)/word.service").check()
        let gone = try await apply(host, [])
        #expect(gone.exitCode == 0, "\(gone.result.errors)")
        #expect(try await host.shell("ls -d \(Self.folder); ls /var/lib/systemd/linger").output == "")
    }

    // MARK: The agent

    private struct Unit: Encodable {
        let unit: String
        let content: String?
        let enabled: Bool, masked: Bool
        let scope: String?
        let drop_ins: [String: String]?

        init(
            _ unit: String, _ content: String?, enabled: Bool = true, masked: Bool = false, scope: String?,
            dropIns: [String: String]? = nil
        ) {
            self.unit = unit
            self.content = content
            self.enabled = enabled
            self.masked = masked
            self.scope = scope
            drop_ins = dropIns
        }
    }

    /// Runs a line of shell as somebody who is logged in would.
    private func asUser(_ host: TestHost, _ line: String) async throws -> String {
        try await host.shell("export XDG_RUNTIME_DIR=/run/user/1000; \(line)", user: "ops").output
    }

    private func apply(_ host: TestHost, _ units: [Unit], _ options: String...) async throws -> AgentRun {
        try await agent(host, "apply", units, ["--json"] + options)
    }

    private func agent(
        _ host: TestHost, _ command: String, _ units: [Unit], _ options: [String] = []
    ) async throws -> AgentRun {
        let encoder = JSONEncoder()
        // The same units are the same config, byte for byte.
        encoder.outputFormatting = [.sortedKeys]
        let list = String(decoding: try encoder.encode(units), as: UTF8.self)
        let config = try Site.bareConfig("user-units", "\"units\": \(list)")
        return try await host.agent([command] + options, config: config)
    }
}
