import Platform
import Testing

/// The config's own files in places of the system's.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct FilesScenario {
    private static let temporary = "/etc/tmpfiles.d/own.conf", program = "/usr/local/bin/own",
        token = "/etc/containers/own-token"

    private static func config(_ files: String) throws -> String {
        try Site.bareConfig("files", "\"files\": [\(files)]")
    }

    @Test func `files are written, taken up, kept as they are, and go`() async throws {
        let folder = #"{"path": "/etc/tmpfiles.d/own.conf", "content": "d /run/own-folder 0750 root root -\n"}"#
        let all = try Self.config(
            folder + ##", {"path": "/usr/local/bin/own", "content": "#!/bin/sh\necho own\n", "group": "adm"}"##
                + #", {"path": "/etc/containers/own-token", "secret": "hidden-words-7"}"#)
        try await TestHost.with("files", .init()) { host in
            let plan = try await host.agent("plan", config: all)
            #expect(plan.exitCode == 7 && plan.result.output.contains("/run/own-folder"), "\(plan.result.output)")
            #expect(!"\(plan.result.output)\(plan.result.errors)".contains("hidden-words-7"))
            let run = try await host.agent("apply", "--json", config: all)
            #expect(run.changed.contains("host-files"), "\(run.result.errors)")
            #expect(!"\(run.result.output)\(run.result.errors)".contains("hidden-words-7"))
            let look = "stat -c '%a %U %G' /run/own-folder \(Self.temporary) \(Self.program) \(Self.token); own"
            #expect(
                try await host.shell(look).output
                    == "750 root root\n644 root root\n755 root adm\n600 root root\nown\n")
            let same = try await host.agent("plan", config: all)
            #expect(same.exitCode == 0, "\(same.result.output)")
            #expect(try await host.shell("cat \(Self.token)").output == "hidden-words-7\n")
            #expect(try await host.agent("apply", "--json", config: all).changed.isEmpty)
            try await host.shell("echo >>\(Self.program); chmod 644 \(Self.token)").check()
            #expect(try await host.agent("apply", "--json", config: all).changed.contains("host-files"))
            #expect(try await host.agent("plan", config: all).exitCode == 0)
            try await expectRefusal(host, folder)
            #expect(try await host.agent("apply", "--json", config: try Self.config(folder)).result.exitCode == 0)
            #expect(
                try await host.shell("ls \(Self.program) \(Self.token) 2>/dev/null; ls \(Self.temporary)").output
                    == "\(Self.temporary)\n")
            let gone = try await host.run(Site.agentInHost, "uninstall", user: TestHost.user)
            #expect(gone.exitCode == 0, "\(gone.output)\(gone.errors)")
            #expect(try await host.shell("test -e \(Self.temporary)").exitCode == 1)
        }
    }

    @Test func `what stands between two @ is what the machine says of itself, in files, units and the environment`()
        async throws
    {
        let facts = "@HOSTNAME@ @ARCH@ @CPUS@ @MEMORY_MB@ @HOME@"
        let config = try Site.bareConfig(
            "facts",
            """
            "files": [{"path": "/etc/containers/facts", "content": "\(facts)\\n"}], "environment": {"FACTS": "\(facts)"},
            "units": [{"unit": "facts.service", "content": "[Service]\\nType=oneshot\\nEnvironmentFile=/etc/cocalc/project-host.env\\nExecStart=/bin/sh -c 'echo \(facts) >/run/in-unit; echo $FACTS >/run/in-environment'\\n"}]
            """)
        try await TestHost.with("facts", .init()) { host in
            let run = try await host.agent("apply", "--json", config: config)
            #expect(run.exitCode == 0, "\(run.result.errors)")
            let told = try await host.shell(
                """
                cat /etc/containers/facts /run/in-unit /run/in-environment
                echo "$(uname -n) $(uname -m) $(getconf _NPROCESSORS_ONLN) $(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo) /home/ops"
                """
            ).check().output.byteLines
            #expect(told.count == 4 && Set(told).count == 1, "\(told)")
            #expect(try await host.agent("plan", config: config).exitCode == 0)
        }
    }

    @Test func `a file comes from a bundle, and a service is restarted for one in its folder`() async throws {
        let files = { (setting: String, bundle: String) in
            "files=[{\"path\": \"/etc/project-host/settings\", \"content\": \"\(setting)\\n\", \"owner\": \"ops\", \"mode\": \"0600\"}\(bundle)]"
        }
        let program = #", {"path": "/usr/local/bin/project", "bundle": "project", "source": "run.sh", "mode": "0755"}"#
        let one = try await Site.config("files-of-bundles", "btrfs_image_target_gb=", files("one", program))
        let two = try await Site.config("files-of-bundles", "btrfs_image_target_gb=", files("two", program))
        let next = try await Site.config(
            "files-of-bundles", bundles: "1.1.0", "btrfs_image_target_gb=", files("two", program))
        let started = "curl -fsS http://127.0.0.1:9100/status"
        try await TestHost.with("files-of-bundles", .init()) { host in
            let run = try await host.agent("apply", "--json", config: one)
            #expect(run.exitCode == 0 && run.changed.contains("host-files"), "\(run.result.errors)")
            #expect(
                try await host.shell("project; cat /etc/project-host/settings; stat -c '%a %U' /etc/project-host/*")
                    .output == "project 1.0.0\none\n600 ops\n")
            let before = try await host.shell(started).check().output
            #expect(try await host.agent("apply", "--json", config: one).changed.isEmpty)
            #expect(try await host.shell(started).check().output == before)

            let changed = try await host.agent("apply", "--json", config: two)
            #expect(
                Set(changed.changed) == ["environment-files", "host-files", "service-project-host", "finish"],
                "\(changed.changed)")
            #expect(try await host.shell(started).check().output != before)

            // Another version brings another program.
            #expect(try await host.agent("plan", config: next).result.output.contains("/usr/local/bin/project"))
            let newer = try await host.agent("apply", "--json", config: next)
            #expect(newer.exitCode == 0, "\(newer.result.errors)")
            #expect(try await host.shell("project").output == "project 1.1.0\n")
            #expect(try await host.agent("plan", config: next).exitCode == 0)

            let none = try await Site.config("files-of-bundles", bundles: "1.1.0", "btrfs_image_target_gb=")
            #expect(try await host.agent("apply", "--json", config: none).exitCode == 0)
            #expect(try await host.shell("ls -d /usr/local/bin/project /etc/project-host").exitCode == 2)
            #expect(try await host.agent("plan", config: none).exitCode == 0)
        }
    }

    /// What its reader does not take is not left behind, and neither is what belongs to nobody.
    private func expectRefusal(_ host: TestHost, _ folder: String) async throws {
        let bad = #", {"path": "/etc/tmpfiles.d/bad.conf", "content": "no such line\n"}"#
        let run = try await host.agent("apply", "--json", config: try Self.config(folder + bad))
        #expect(run.exitCode == 1 && run.result.errors.contains("its reader does not take it"), "\(run.result.errors)")
        #expect(try await host.shell("test -e /etc/tmpfiles.d/bad.conf").exitCode == 1)
        let foreign = #", {"path": "/usr/local/bin/x", "content": "", "owner": "nobody-at-all"}"#
        let other = try await host.agent("apply", "--json", config: try Self.config(folder + foreign))
        #expect(other.exitCode == 1 && other.result.errors.contains("nobody-at-all"), "\(other.result.errors)")
    }
}
