import FoundationEssentials
import Platform
import Testing

/// Units of each type, how they fail, and what an administrator did to them.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct UnitsScenario {
    @Test func `units are judged by their type, a mended one starts again, and what others did is told and kept`()
        async throws
    {
        try await TestHost.with("units", .init()) { host in
            try await expectEachTypeIsGood(host)
            try await expectWorkInProgressIsJoined(host)
            try await expectFailuresInTheirOwnWords(host)
            try await expectMendedServiceStarts(host)
            try await expectLineOfBadSetting(host)
            try await expectForeignMaskIsKept(host)
            try await expectOwnMaskComesAndGoes(host)
            try await expectForeignDropInIsNamed(host)
            try await expectDropInComesAndGoes(host)
            try await expectPackagesUnitIsAsItWas(host)
        }
    }

    private static let notify = Unit(
        "notify.service",
        """
        [Service]
        Type=notify
        NotifyAccess=all
        ExecStart=/bin/sh -c 'sleep 0.2; systemd-notify --ready; exec sleep infinity'
        [Install]
        WantedBy=multi-user.target

        """)

    private static func once(_ words: String) -> Unit {
        Unit("once.service", "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo \(words) >>/root/once'\n")
    }

    private static let types = [
        notify,
        Unit(
            "keep.service", "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c 'echo x >>/root/keep'\n"
        ),
        Unit(
            "fork.service",
            "[Service]\nType=forking\nPIDFile=/run/fork.pid\nExecStart=/bin/sh -c 'sleep infinity & echo $$! >/run/fork.pid'\n"
        ),
        Unit("idle.service", "[Service]\nType=idle\nExecStart=/bin/sleep infinity\n"),
        Unit("tick.timer", "[Timer]\nOnCalendar=yearly\n[Install]\nWantedBy=timers.target\n"),
        Unit("tick.service", "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo x >>/root/tick'\n"),
        Unit("echo.socket", "[Socket]\nListenStream=/run/echo.sock\n[Install]\nWantedBy=sockets.target\n"),
        Unit("echo.service", "[Service]\nExecStart=/bin/sleep infinity\n"),
        // Whoever writes such a unit says when it is to run.
        Unit(
            "skip-too.service",
            "[Service]\nType=oneshot\nExecCondition=/bin/false\nExecStart=/bin/sh -c 'echo x >>/root/skip'\n"),
        Unit(
            "skip-keep.service",
            "[Unit]\nConditionPathExists=/nowhere\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c 'echo x >>/root/skip'\n"
        ),
        Unit(
            "skip.service",
            "[Unit]\nConditionPathExists=/nowhere\n[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo x >>/root/skip'\n"
        ),
    ]

    private func expectEachTypeIsGood(_ host: TestHost) async throws {
        // Before systemd knows one of them, it is said of each what a run will really do.
        let plan = try await agent(host, "plan", Self.types + [Self.once("one")]).result.output
        let lines = plan.split(separator: "\n").map { $0.drop { " +~-".contains($0) } }
        #expect(lines.contains { $0.hasPrefix("once.service") && $0.hasSuffix("run") }, "\(plan)")
        for kept in ["tick.service", "echo.service", "keep.service at boot"] {
            #expect(!lines.contains { $0.hasPrefix(kept) }, "\(plan)")
        }
        let first = try await apply(host, Self.types + [Self.once("one")])
        #expect(first.exitCode == 0, "\(first.result.errors)")
        for name in ["skip", "skip-too", "skip-keep"] {
            #expect(first.result.errors.contains("warning: \(name).service: "), "\(first.result.errors)")
        }
        let states = "systemctl is-active once keep fork notify idle tick.timer tick.service echo.socket echo.service"
        let ran = "cat /root/once /root/keep /root/tick /root/skip 2>/dev/null"
        #expect(
            try await host.shell(states).output.split(separator: "\n") == [
                "inactive", "active", "active", "active", "active", "active", "inactive", "active", "inactive",
            ])
        #expect(try await host.shell(ran).output == "one\nx\n")
        let again = try await apply(host, Self.types + [Self.once("one")])
        #expect(again.exitCode == 0 && again.changed.isEmpty, "\(again.changed)")
        #expect(try await host.shell(ran).output == "one\nx\n")
        let changed = try await apply(host, Self.types + [Self.once("two")])
        #expect(
            Set(changed.changed) == ["environment-files", "unit-files", "service-once", "finish"], "\(changed.changed)")
        #expect(try await host.shell(ran).output == "one\ntwo\nx\n")
        // A service behind a socket that changes is stopped, or systemd would not open the socket.
        try await host.shell("systemctl start echo.service").check()
        let moved = Self.types.map { $0.replacing("/run/echo.sock", "/run/other.sock") } + [Self.once("two")]
        let run = try await apply(host, moved)
        #expect(run.exitCode == 0 && run.changed.contains("socket-echo"), "\(run.result.errors)")
        #expect(try await host.shell("test -S /run/other.sock").succeeded)
    }

    /// What is being started with the files as they are is waited for, not cut off and begun again.
    private func expectWorkInProgressIsJoined(_ host: TestHost) async throws {
        let units = [
            Unit(
                "migrate.service",
                "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c 'echo begun >>/root/migrate; sleep 2; echo ended >>/root/migrate'\n"
            )
        ]
        let first = try await apply(host, units)
        #expect(first.exitCode == 0, "\(first.result.errors)")
        // Those of the config before are gone: else it would be no host that matches the config.
        let end = first.events.last
        #expect(end?.message?.hasPrefix("the host matches the config: ") == true, "\(end as Any)")
        #expect(
            try await host.shell("systemctl is-active notify; ls /etc/systemd/system/notify.service").output
                == "inactive\n")
        try await host.shell("systemctl stop migrate; systemctl start --no-block migrate").check()
        #expect(try await host.shell("sleep 0.3; systemctl is-active migrate").output == "activating\n")
        let run = try await apply(host, units)
        #expect(run.exitCode == 0, "\(run.result.errors)")
        #expect(try await host.shell("cat /root/migrate").output == "begun\nended\nbegun\nended\n")
    }

    private func expectFailuresInTheirOwnWords(_ host: TestHost) async throws {
        let run = try await apply(
            host,
            [
                Unit("fails.service", "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo no such table; exit 3'\n"),
                Unit("mute.service", "[Service]\nType=notify\nTimeoutStartSec=1\nExecStart=/bin/sleep infinity\n"),
                Unit(
                    "lost.service",
                    "[Service]\nType=forking\nPIDFile=/run/lost.pid\nTimeoutStartSec=1\nExecStart=/bin/sh -c 'sleep 60 &'\n"
                ),
                Unit("short.service", "[Service]\nExecStart=/bin/true\n"),
                Unit("unmet.service", "[Unit]\nConditionPathExists=/nowhere\n[Service]\nExecStart=/bin/sleep 60\n"),
                Unit("none.service", "[Service]\nExecStart=/bin/nothing-here\n"),
                Unit(
                    "needs.service",
                    "[Unit]\nRequires=fails.service\nAfter=fails.service\n[Service]\nExecStart=/bin/sleep 60\n"),
            ])
        #expect(run.exitCode == 1)
        for (step, words) in [
            ("service-fails", "ended with exit code 3; it last wrote: no such table"),
            ("service-mute", "it did not tell systemd that it is ready (READY=1) within 1 s"),
            ("service-lost", "write /run/lost.pid"), ("service-short", "ended by itself"),
            ("service-unmet", "ConditionPathExists=/nowhere"), ("service-none", "203/EXEC"),
            ("service-needs", "fails.service"),
        ] {
            let failure = run.events.first { $0.event == "step_failed" && $0.step == step }
            #expect(failure?.error?.contains(words) == true, "\(step): \(failure?.error ?? "did not fail")")
            #expect((failure?.duration_ms ?? 60_000) < 20_000, "\(step)")
        }
    }

    /// The limit of starts is used up, the operator mends the program, and the next run starts it.
    private func expectMendedServiceStarts(_ host: TestHost) async throws {
        let unit = Unit(
            "mend.service",
            "[Unit]\nStartLimitIntervalSec=600\nStartLimitBurst=2\n[Service]\nExecStart=/bin/sh /root/program\n")
        for words in ["old words", "old words", "new words"] {
            try await host.shell("echo 'echo \(words); exit 4' >/root/program").check()
            let run = try await apply(host, [unit])
            let error = run.events.first { $0.event == "step_failed" }?.error ?? ""
            #expect(run.exitCode == 1 && error.contains("exit code 4; it last wrote: \(words)"), "\(error)")
        }
        _ = try await host.shell(
            "systemctl start mend; sleep 0.2; systemctl start mend; sleep 0.2; systemctl start mend")
        try await host.shell("echo 'exit 4' >/root/program").check()
        let silent = try await apply(host, [unit]).events.first { $0.event == "step_failed" }?.error ?? ""
        #expect(silent.contains("exit code 4") && !silent.contains(" words"), "\(silent)")
        try await host.shell("echo 'exec sleep infinity' >/root/program").check()
        let mended = try await apply(host, [unit])
        #expect(mended.exitCode == 0, "\(mended.result.errors)")
    }

    private func expectLineOfBadSetting(_ host: TestHost) async throws {
        let run = try await apply(host, [Unit("bad.service", "[Service]\nExecStart=/bin/sleep 60 %Q\n")])
        let error = run.events.first { $0.event == "step_failed" }?.error ?? ""
        #expect(run.exitCode == 1 && error.contains("/etc/systemd/system/bad.service:2: "), "\(error)")
    }

    private func expectForeignMaskIsKept(_ host: TestHost) async throws {
        let file = "/etc/systemd/system/notify.service"
        let look = "readlink \(file); systemctl is-active notify"
        try await host.shell("systemctl stop notify; ln -sfn /dev/null \(file); systemctl daemon-reload").check()
        let plan = try await agent(host, "plan", [Self.notify])
        #expect(plan.exitCode == 1 && plan.result.output.contains("warning: notify.service is masked by somebody else"))
        #expect(plan.result.output.contains("--take-over"), "\(plan.result.output)")
        let run = try await apply(host, [Self.notify])
        #expect(run.exitCode == 1 && run.result.errors.contains("warning: notify.service is masked by somebody else"))
        let failure = run.events.first { $0.event == "step_failed" }
        #expect(failure?.step == "service-notify" && failure?.hint?.contains("--take-over") == true)
        #expect(try await host.shell(look).output == "/dev/null\ninactive\n")
        let status = try await host.shell("\(Site.agentInHost) status --root \(TestHost.root)", user: "ops").output
        #expect(status.contains("warning: notify.service is masked by somebody else"), "\(status)")
        let taken = try await apply(host, [Self.notify], "--take-over")
        #expect(taken.exitCode == 0, "\(taken.result.errors)")
        #expect(try await host.shell(look).output == "active\n")
    }

    private func expectOwnMaskComesAndGoes(_ host: TestHost) async throws {
        // Though the config does not say any more what its file held, that was the config's own and is not kept.
        let masked = Unit(Self.notify.unit, nil, masked: true)
        let look = "readlink /etc/systemd/system/notify.service; systemctl is-active notify"
        // A unit that somebody else brought, and one whose file an administrator wrote.
        let others = [Unit("dpkg-db-backup.timer", nil, masked: true), Unit("hand.service", nil, masked: true)]
        try await host.shell("printf '[Service]\\nExecStart=/bin/true\\n' >/etc/systemd/system/hand.service").check()
        let run = try await apply(host, [masked] + others)
        #expect(run.exitCode == 0, "\(run.result.errors)")
        #expect(try await host.shell(look).output == "/dev/null\ninactive\n")
        let atBoot = "find /etc/systemd/system -name notify.service -path '*.wants/*'"
        #expect(try await host.shell(atBoot).output == "")
        #expect(try await host.shell("systemctl is-enabled dpkg-db-backup.timer hand").output == "masked\nmasked\n")
        #expect(try await host.shell("cat /etc/systemd/system/hand.service.set-aside-*").output.contains("/bin/true"))
        let again = try await apply(host, [masked] + others)
        #expect(again.exitCode == 0 && again.changed.isEmpty, "\(again.changed)")
        let plan = try await agent(host, "plan", [Self.notify])
        #expect(plan.exitCode == 7, "\(plan.result.output)")
        let back = try await apply(host, [Self.notify])
        #expect(back.exitCode == 0, "\(back.result.errors)")
        #expect(try await host.shell(look).output == "active\n")
        #expect(try await host.shell("ls /etc/systemd/system/notify.service.set-aside-*").exitCode == 2)
        let hand = "cat /etc/systemd/system/hand.service; ls /etc/systemd/system/hand.service.set-aside-*"
        #expect(try await host.shell(hand).output == "[Service]\nExecStart=/bin/true\n")
        #expect(
            try await host.shell("systemctl is-enabled dpkg-db-backup.timer").output == "enabled\n",
            "\(back.result.errors)")
    }

    private func expectForeignDropInIsNamed(_ host: TestHost) async throws {
        let folder = "/etc/systemd/system/notify.service.d"
        try await host.shell(
            "mkdir \(folder); printf '[Service]\\nExecStart=\\nExecStart=/bin/false\\n' >\(folder)/override.conf"
        ).check()
        let run = try await apply(host, [Self.notify])
        let failure = run.events.first { $0.event == "step_failed" }
        #expect(run.exitCode == 1 && failure?.error?.contains("drop-ins in force: \(folder)/override.conf") == true)
        #expect(failure?.hint?.contains("--take-over") == true, "\(run.result.errors)")
        #expect(run.result.errors.contains("warning: notify.service has a drop-in that no config wrote"))
        let taken = try await apply(host, [Self.notify], "--take-over")
        #expect(taken.exitCode == 0, "\(taken.result.errors)")
        #expect(try await host.shell("cat \(folder)/override.conf.set-aside-*").output.contains("/bin/false"))
        // One that breaks nothing is kept, told, and part of what the service runs with.
        try await host.shell("printf '[Service]\\nEnvironment=A=1\\n' >\(folder)/more.conf").check()
        let kept = try await apply(host, [Self.notify])
        #expect(kept.exitCode == 0 && kept.changed.contains("service-notify"), "\(kept.result.errors)")
        #expect(kept.result.errors.contains("warning: notify.service has a drop-in that no config wrote"))
        let again = try await apply(host, [Self.notify])
        #expect(again.exitCode == 0 && again.changed.isEmpty, "\(again.changed)")
    }

    private static func word(_ name: String, dropIns: [String: String]? = nil) -> Unit {
        Unit("\(name).service", program(name), dropIns: dropIns)
    }

    /// Writes the word that it was started with.
    private static func program(_ name: String) -> String {
        """
        [Service]
        Environment=WORD=plain
        ExecStart=/bin/sh -c 'echo $$WORD >/run/\(name); exec sleep infinity'
        [Install]
        WantedBy=multi-user.target

        """
    }

    private static func saying(_ word: String) -> [String: String] {
        ["word": "[Service]\nEnvironment=WORD=\(word)\n"]
    }

    private func expectDropInComesAndGoes(_ host: TestHost) async throws {
        let file = "/etc/systemd/system/word.service.d/word.conf"
        let plain = Self.word("word"), loud = Self.word("word", dropIns: Self.saying("loud-@ARCH@"))
        let said = { try await host.shell("cat /run/word").output }
        #expect(try await apply(host, [plain]).exitCode == 0)
        #expect(try await said() == "plain\n")
        // A person's text in the unit file, with which the service runs: writing the file anew is not all that there is to do.
        try await host.shell(
            "sed -i s/WORD=plain/WORD=own/ /etc/systemd/system/word.service && systemctl daemon-reload && systemctl restart word"
        ).check()
        try await host.shell("until grep -q own /run/word; do sleep 0.1; done").check()
        let foreign = try await apply(host, [plain])
        #expect(Set(foreign.changed).isSuperset(of: ["unit-files", "service-word"]), "\(foreign.result.errors)")
        #expect(try await said() == "plain\n")
        #expect(try await apply(host, [plain]).changed.isEmpty)
        let plan = try await agent(host, "plan", [loud])
        #expect(plan.exitCode == 7 && plan.result.output.contains("+Environment=WORD=loud-"), "\(plan.result.output)")
        #expect(plan.result.output.contains("word.service: started before its files changed"), "\(plan.result.output)")
        let run = try await apply(host, [loud])
        #expect(Set(run.changed).isSuperset(of: ["unit-files", "service-word"]), "\(run.result.errors)")
        #expect(try await said() == "loud-\(OperatingSystem.machine)\n")
        #expect(try await host.shell("stat -c '%U %a' \(file)").output == "root 644\n")
        let again = try await apply(host, [loud])
        #expect(again.exitCode == 0 && again.changed.isEmpty && !again.result.errors.contains("no config wrote"))
        // Changed by hand, and the service runs with that; and taken away.
        for drift in ["sed -i s/loud/soft/ \(file)", "rm \(file)"] {
            try await host.shell("\(drift) && systemctl daemon-reload && systemctl restart word && sleep 0.5").check()
            #expect(try await said().hasPrefix("loud") == false)
            let drifted = try await agent(host, "plan", [loud])
            #expect(drifted.exitCode == 7 && drifted.result.output.contains(file), "\(drifted.result.output)")
            let mended = try await apply(host, [loud])
            #expect(mended.exitCode == 0 && mended.changed.contains("service-word"), "\(mended.result.errors)")
            #expect(try await said() == "loud-\(OperatingSystem.machine)\n")
        }
        let without = try await apply(host, [plain])
        #expect(without.exitCode == 0 && without.changed.contains("service-word"), "\(without.result.errors)")
        #expect(try await said() == "plain\n")
        #expect(try await host.shell("ls -d \(Files.folder(of: file))").output == "")
        #expect(try await apply(host, [plain]).changed.isEmpty)
        // It runs, and starts with the host no more.
        let started = "systemctl is-enabled word; systemctl is-active word"
        #expect(try await host.shell(started).output == "enabled\nactive\n")
        let byHand = Unit(plain.unit, plain.content, enabled: false)
        #expect(try await apply(host, [byHand]).exitCode == 0)
        #expect(try await host.shell(started).output == "disabled\nactive\n")
        #expect(try await apply(host, [byHand]).changed.isEmpty)
        // What a person made of it is kept, and told.
        #expect(try await apply(host, [loud]).exitCode == 0)
        try await host.shell("echo '# mine' >>\(file)").check()
        let kept = try await apply(host, [plain])
        #expect(kept.result.errors.contains("\(file), which left the config, is kept: it was changed since"))
        #expect(try await host.shell("tail -n 1 \(file); rm -r \(Files.folder(of: file))").output == "# mine\n")
    }

    private func expectPackagesUnitIsAsItWas(_ host: TestHost) async throws {
        let absent = try await apply(host, [Unit("no-such.service", nil)])
        let failure = absent.events.first { $0.event == "step_failed" }
        #expect(absent.exitCode == 1 && failure?.error?.contains("no package of this host brings this unit") == true)
        #expect(failure?.hint?.contains("apt_packages") == true, "\(failure as Any)")
        for name in ["asleep", "awake"] {
            let file = "/usr/lib/systemd/system/\(name).service"
            try await host.shell("cat >\(file) <<'end'\n\(Self.program(name))\nend").check()
        }
        let prepare = """
            systemctl daemon-reload; systemctl enable --now awake; systemctl disable --now dpkg-db-backup.timer
            systemctl reset-failed dpkg-db-backup.timer; sleep 0.5
            """
        try await host.shell(prepare).check()
        let look = """
            systemctl is-enabled asleep awake dpkg-db-backup.timer; systemctl is-active asleep awake dpkg-db-backup.timer
            ls -d /etc/systemd/system/asleep.service.d /etc/systemd/system/awake.service.d 2>/dev/null; cat /run/awake
            """
        let before = "disabled\nenabled\ndisabled\ninactive\nactive\ninactive\nplain\n"
        #expect(try await host.shell(look).output == before)
        let units = [
            Unit("asleep.service", nil, dropIns: Self.saying("config")), Unit("awake.service", nil, enabled: false),
            Unit("dpkg-db-backup.timer", nil, dropIns: ["weekly": "[Timer]\nOnCalendar=\nOnCalendar=weekly\n"]),
        ]
        let started = try await host.shell("systemctl show -P InvocationID awake").output
        let untouched = try await apply(host, [Unit("awake.service", nil)])
        #expect(untouched.exitCode == 0, "\(untouched.result.errors)")
        #expect(try await host.shell("systemctl show -P InvocationID awake").output == started)
        let run = try await apply(host, units)
        #expect(run.exitCode == 0, "\(run.result.errors)")
        let after = """
            systemctl is-enabled asleep awake dpkg-db-backup.timer; systemctl is-active asleep awake dpkg-db-backup.timer
            cat /run/asleep; systemctl show -P TimersCalendar dpkg-db-backup.timer | grep -c 'OnCalendar=Mon'
            """
        let wanted = "enabled\ndisabled\nenabled\nactive\ninactive\nactive\nconfig\n1\n"
        #expect(try await host.shell(after).output == wanted)
        let again = try await apply(host, units)
        #expect(again.exitCode == 0 && again.changed.isEmpty, "\(again.changed)")
        try await host.shell("systemctl disable --now asleep; systemctl enable --now awake").check()
        let mended = try await apply(host, units)
        #expect(Set(mended.changed).isSuperset(of: ["service-asleep", "service-awake"]), "\(mended.result.errors)")
        #expect(try await host.shell(after).output == wanted)
        let plan = try await agent(host, "plan", [Self.word("word")])
        #expect(plan.result.output.contains("unit awake.service boot: disabled -> enabled"), "\(plan.result.output)")
        #expect(try await apply(host, [Self.word("word")]).exitCode == 0)
        #expect(try await host.shell(look).output == before)
        // One that ran before runs on, without what the config added.
        let loud = [Unit("awake.service", nil, dropIns: Self.saying("config"))]
        #expect(try await apply(host, loud).exitCode == 0)
        #expect(try await host.shell("cat /run/awake").output == "config\n")
        #expect(try await apply(host, [Self.word("word")]).exitCode == 0)
        #expect(try await host.shell(look).output == before)
        #expect(try await apply(host, units + [Self.word("word")]).exitCode == 0)
        #expect(try await host.shell(look).output != before)
        let gone = try await host.shell("\(Site.agentInHost) uninstall --root \(TestHost.root)", user: "ops")
        #expect(gone.exitCode == 0, "\(gone.output)\(gone.errors)")
        #expect(try await host.shell(look).output == before, "\(gone.output)")
    }

    // MARK: The agent

    private struct Unit: Encodable {
        let unit: String
        let content: String?
        let masked: Bool
        let enabled: Bool
        let drop_ins: [String: String]?

        init(
            _ unit: String, _ content: String?, masked: Bool = false, enabled: Bool = true,
            dropIns: [String: String]? = nil
        ) {
            self.unit = unit
            self.content = content
            self.masked = masked
            self.enabled = enabled
            drop_ins = dropIns
        }

        func replacing(_ old: String, _ new: String) -> Unit {
            Unit(unit, content.map { $0.split(separator: old).joined(separator: new) }, masked: masked)
        }
    }

    private func apply(_ host: TestHost, _ units: [Unit], _ options: String...) async throws -> AgentRun {
        try await agent(host, "apply", units, ["--json"] + options)
    }

    /// A config with these units and nothing else.
    private func agent(
        _ host: TestHost, _ command: String, _ units: [Unit], _ options: [String] = []
    ) async throws -> AgentRun {
        let encoder = JSONEncoder()
        // The same units are the same config, byte for byte.
        encoder.outputFormatting = [.sortedKeys]
        let services = String(decoding: try encoder.encode(units), as: UTF8.self)
        let config = try await Site.config(
            "units", "bundle_urls=", "bundle_checksums=", "node=", "node_version=", "apt_packages=",
            "btrfs_image_target_gb=", "hub=", "services=\(services)")
        return try await host.agent([command] + options, config: config)
    }
}
