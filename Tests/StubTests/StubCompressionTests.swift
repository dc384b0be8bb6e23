import Digests
import Platform
import Testing

/// The binary's compressed forms: taken where they are, and trusted for nothing.
@Suite(.timeLimit(.minutes(5))) struct StubCompressionTests {
    @Test(arguments: StubDownloadTests.fetchers, [[], ["xz"], ["xz", "gzip"]])
    func `the smallest form that this host unpacks is fetched, and it alone`(
        fetcher: StubDownloadTests.Fetcher, missing: [String]
    ) async throws {
        try await with(fetcher, missing: Set(missing)) { user, server, settings in
            try await pack(user)
            let result = try await user.run(["/bin/dash"], settings)
            #expect(result.output == "ran\n", "\(result.errors)")
            #expect(server.requests == ["GET /agent\(["", ".gz", ".xz"][2 - missing.count])?sig=x"])
            #expect(try Folders.names(in: "\(user.root)/bin") == ["host-bootstrap"])
        }
    }

    @Test(arguments: StubDownloadTests.fetchers)
    func `where there is no compressed form, the binary is fetched as it is, without a wait`(
        fetcher: StubDownloadTests.Fetcher
    ) async throws {
        try await with(fetcher) { user, server, settings in
            let result = try await user.run(["/bin/dash"], settings)
            #expect(result.output == "ran\n", "\(result.errors)")
            #expect(server.requests == ["GET /agent.xz?sig=x", "GET /agent.gz?sig=x", "GET /agent?sig=x"])
            #expect(try Files.text("\(user.home)/waits") == nil)
        }
    }

    @Test(arguments: ["cut", "noise", "empty", "other"], ["binary", "nothing"])
    func `a damaged form is never run: another one is fetched, or the stub ends with 5`(
        damage: String, then: String
    ) async throws {
        try await with(StubDownloadTests.curl) { user, server, settings in
            try await pack(user)
            let other = "printf '#!/bin/sh\\ntouch \(user.home)/evil\\n'"
            let line =
                switch damage {
                case "cut": "for f in agent.xz agent.gz; do head -c 20 $f >t; mv t $f; done"
                case "noise": "for f in agent.xz agent.gz; do head -c 500 /dev/urandom >$f; done"
                case "empty": ": >agent.xz; : >agent.gz"
                default: "\(other) | xz >agent.xz; \(other) | gzip >agent.gz"
                }
            try await shell(line + (then == "nothing" ? "; echo changed >>agent" : ""), user)
            let result = try await user.run(["/bin/dash"], settings)
            #expect(result.exitCode == (then == "nothing" ? 5 : 0), "\(result.errors)")
            #expect(result.output == (then == "nothing" ? "" : "ran\n"))
            #expect(try FileStatus.of("\(user.home)/evil") == nil)
            #expect(try Folders.names(in: "\(user.root)/bin") == (then == "nothing" ? [] : ["host-bootstrap"]))
        }
    }

    @Test func `what unpacks to more than a binary can have is stopped`() async throws {
        try await with(StubDownloadTests.curl, missing: ["gzip"]) { user, server, settings in
            try await shell("head -c 600M /dev/zero | xz -0 >agent.xz", user)
            let result = try await user.run(["/bin/dash"], settings)
            #expect(result.output == "ran\n", "\(result.errors)")
            #expect(server.requests == ["GET /agent.xz?sig=x", "GET /agent?sig=x"])
            #expect(try Folders.names(in: "\(user.root)/bin") == ["host-bootstrap"])
        }
    }

    private func pack(_ user: StubUser) async throws {
        try await shell("xz -k agent; gzip -k agent", user)
    }

    private func shell(_ line: String, _ user: StubUser) async throws {
        let result = try await Subprocess.run(Command("/bin/sh", ["-ec", line], workingDirectory: user.home))
        try #require(result.succeeded, "\(result.errors)")
    }

    private func with(
        _ fetcher: StubDownloadTests.Fetcher, missing: Set<String> = [],
        _ body: (StubUser, StubServer, [String: String]) async throws -> Void
    ) async throws {
        try await StubUser.with { user in
            try await StubServer.with(folder: user.home) { server in
                let sleep = "#!/bin/sh\necho \"$1\" >>\(user.home)/waits\n"
                let scripts = fetcher.scripts.merging(["sleep": sleep]) { $1 }
                let path = try user.path(
                    without: fetcher.missing.union(missing), scripts: scripts, packers: true)
                let digest = try user.publish("#!/bin/sh\necho ran\n# \(String(repeating: "x", count: 4000))\n")
                try await body(
                    user, server,
                    [
                        "BOOTSTRAP_BINARY_SHA256": digest, "PATH": path,
                        "BOOTSTRAP_BINARY_URL": "\(server.url)/agent?sig=x",
                    ])
            }
        }
    }
}
