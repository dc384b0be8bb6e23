import Platform
import Testing

/// Marked secrets in every place that takes one, and a search of every place that something is written to.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct SecretsScenario {
    private static let mark = "canary7q"
    private static let root = TestHost.root
    /// Two that name no proxy, since a password stands in them raw, and one that is not there.
    private static let proxies = [
        "http://corp:s3\(mark)@t:w%25\(mark)@127.0.0.1:1", "http://corp:\(mark)/\(mark)@127.0.0.1:1",
        "http://corp:\(mark)%40\(mark)@127.0.0.1:1",
    ]

    @Test func `no secret is in any output, log, receipt, process list or report, and files that hold one are closed`()
        async throws
    {
        let script = try await Site.run("add", "secrets", "1.0.0").split(separator: "\n").last.map(String.init) ?? ""
        // The hub's token, as cloud-init would have put it there.
        let token = try #require(try Files.text(script)?.firstMatch(of: /[0-9a-f]{16}\.[0-9a-f]{64}/)?.output)
        let address = "https://user:\(Self.mark)-password@hub.test"
        let config = try await Site.config(
            "secrets", "environment.LITERAL=\"\(Self.mark)-literal\"",
            "environment.FROM_FILE={\"file\": \"/home/ops/secret\"}",
            "environment.FROM_ENVIRONMENT={\"environment\": \"SECRET\"}",
            "environment.FROM_SYSTEMD={\"credential\": \"key\"}",
            """
            bundle_urls.project={"url": "\(address)/artifacts/bundles/project-1.0.0.tar.xz?sig=\(Self.mark)-query",
            "authorization": "X-Key: \(Self.mark)-header", "mirrors": ["\(address)/artifacts/none?t=\(Self.mark)-mirror"]}
            """,
            """
            data=[{"name": "gone", "path": "/srv/gone", "url": "\(address)/static/gone.tar.gz?token=\(Self.mark)-data",
            "files": ["x"], "authorization": {"environment": "SECRET"}, "on_failure": "empty"}]
            """,
            // What a command prints goes into events: here the service's own journal, when it fails.
            """
            services=[{"unit": "talks.service", "content": "[Service]\\nEnvironmentFile=/etc/cocalc/project-host.env\\nExecStart=/bin/sh -c 'echo $$LITERAL $$FROM_FILE $$FROM_ENVIRONMENT $$FROM_SYSTEMD; exit 1'\\n"}]
            """)
        try await TestHost.with("secrets", .init()) { host in
            try await host.push(config, "/home/ops/host.json")
            try await host.shell(
                """
                chown ops /home/ops/host.json; chmod 600 /home/ops/host.json; umask 077
                echo \(Self.mark)-file >/home/ops/secret; chown ops /home/ops/secret
                echo \(token) >/home/ops/.hub-token; chown ops /home/ops/.hub-token
                mkdir /home/ops/credentials; echo \(Self.mark)-systemd >/home/ops/credentials/key; chown -R ops /home/ops/credentials
                echo "export SECRET=\(Self.mark)-variable CREDENTIALS_DIRECTORY=/home/ops/credentials" >/home/ops/env; chown ops /home/ops/env
                \(Self.proxies.enumerated().map { "echo \"export https_proxy='\($1)'\" >/home/ops/proxy-\($0)" }.joined(separator: "; "))
                chown ops /home/ops/proxy-*
                echo 'while [ ! -e /root/enough ]; do cat /proc/[0-9]*/cmdline; echo; done >/root/processes 2>/dev/null' >/root/watch
                """
            ).check()
            // Not from the line before, which has secrets in it itself.
            try await host.shell("systemd-run --quiet --unit=watch /bin/sh /root/watch").check()
            var told = ""
            let runs: [(words: String, proxy: Int?, exitCode: Int32)] = [
                ("check", nil, 0), ("preflight", nil, 0), ("plan", nil, 7), ("plan --json", nil, 7),
                ("preflight", 0, 4), ("apply --json --verbose", 1, 4), ("apply --verbose", 2, 4),
                ("apply --json --verbose", nil, 1), ("apply --verbose", nil, 1), ("plan --json", nil, 7),
            ]
            for run in runs {
                // From a file: the command line itself is looked at.
                let proxy = run.proxy.map { ". /home/ops/proxy-\($0); " } ?? ""
                let result = try await host.shell(
                    ". /home/ops/env; \(proxy)\(Site.agentInHost) \(run.words) --config host.json", user: "ops")
                #expect(result.exitCode == run.exitCode, "\(run.words): \(result.errors)")
                // What is wrong is the variable, or the proxy that it names.
                #expect(proxy.isEmpty || (result.output + result.errors).contains("https_proxy"), "\(result.errors)")
                told += result.output + result.errors
            }
            for words in ["status", "status --json", "timings --json"] {
                told += try await host.shell("\(Site.agentInHost) \(words) --root \(Self.root)", user: "ops").check()
                    .output
            }
            // The failing service did tell its secrets, so that hiding them was put to the test.
            #expect(told.contains("‹secret›"))
            #expect(!told.contains(Self.mark) && !told.contains(token), "\(lines(of: told))")
            try await expectClosedFiles(host)
            try await expectNothingAtHub()
        }
    }

    private func lines(of text: String) -> [Substring] {
        text.split(separator: "\n").filter { $0.contains(Self.mark) }
    }

    /// Only what must hold them does, and nobody else may read it.
    private func expectClosedFiles(_ host: TestHost) async throws {
        let seen = try await host.shell(
            "touch /root/enough; sleep 1; tr '\\0' ' ' </root/processes | grep -c '^.*host-bootstrap apply'")
        // The list of processes was looked at while the agent ran; that nothing is in it is told below.
        #expect(Int(seen.output.split(separator: "\n").first ?? "") ?? 0 > 0)
        // The pattern is no match of itself, in case somebody looks at this command.
        let pattern = "\(Self.mark.dropLast())[\(Self.mark.suffix(1))]"
        let found = try await host.shell(
            """
            grep -rlas '\(pattern)' /home /etc /var/lib /var/log/apt /var/tmp /tmp /srv /root /opt /run/user 2>/dev/null \
            | grep -v '^/var/log/journal' | sort | xargs stat -c '%a %U %n'
            """)
        #expect(
            found.output == """
                600 ops /etc/cocalc/project-host.env
                600 ops \(Self.root)/config/bootstrap.json
                600 ops /home/ops/credentials/key
                600 ops /home/ops/env
                600 ops /home/ops/host.json
                600 ops /home/ops/proxy-0
                600 ops /home/ops/proxy-1
                600 ops /home/ops/proxy-2
                600 ops /home/ops/secret

                """)
    }

    private func expectNothingAtHub() async throws {
        let folder = try #require(Site.folder)
        let found = try await Subprocess.run(
            Command("/bin/sh", ["-c", "grep -lars \(Self.mark) \(folder)/hub \(folder)/hub.out \(folder)/hub.err"]))
        #expect(found.output == "")
        // The reports themselves did come.
        let told = try await Subprocess.run(
            Command("/bin/sh", ["-c", "grep -c talks.service -a \(folder)/hub/hub.db*"]))
        #expect(told.succeeded)
    }
}
