import Platform
import Support
import Testing

/// The stub's downloads, from a real server, by each program that a host may have for them.
@Suite(.timeLimit(.minutes(5))) struct StubDownloadTests {
    /// What is missing from the search path, and the script that stands there instead.
    struct Fetcher: CustomTestStringConvertible {
        let testDescription: String
        var missing: Set<String> = []
        var scripts: [String: String] = [:]
    }

    static let curl = Fetcher(testDescription: "curl", missing: ["wget"])
    static let wget = Fetcher(testDescription: "GNU wget", missing: ["curl"])
    static let busybox = Fetcher(
        testDescription: "busybox wget", missing: ["curl", "wget"],
        scripts: ["wget": "#!/bin/sh\nexec /bin/busybox wget \"$@\"\n"])
    static let fetchers = [curl, wget, busybox]
    static let program = "#!/bin/sh\necho ran\n"

    @Test(arguments: fetchers)
    func `binary and config come over http`(fetcher: Fetcher) async throws {
        try await withServer(fetcher) { user, server, settings in
            try Files.replace("\(user.home)/host.json", with: Array("{}".utf8), mode: 0o644)
            for shell in StubTests.shells {
                try Folders.removeTree("\(user.root)/bin")
                let result = try await user.run(
                    shell,
                    settings.merging(["BOOTSTRAP_CONFIG": "\(server.url)/host.json?a={1,2}[3-4]&token=CANARY"]) { $1 })
                #expect(result.output == "ran\n", "\(result.errors)")
                let config = "\(user.root)/bootstrap/bootstrap-config.json"
                #expect(try Files.text(config) == "{}")
                #expect(try FileStatus.of(config)?.mode == 0o600)
                #expect(try FileStatus.of("\(user.root)/bootstrap/bootstrap.log")?.mode == 0o600)
                #expect(!result.errors.contains("CANARY"))
                #expect(try user.log()?.contains("CANARY") == false)
            }
            #expect(server.requests.count { $0.hasSuffix("CANARY") } == StubTests.shells.count)
            #expect(try Folders.names(in: "\(user.root)/bin") == ["host-bootstrap"])
        }
    }

    @Test(arguments: fetchers, ["flaky", "cut"])
    func `a server that fails at first is tried again, after longer and longer waits`(
        fetcher: Fetcher, fault: String
    ) async throws {
        try await withServer(fetcher) { user, server, settings in
            let url = ["BOOTSTRAP_BINARY_URL": "\(server.url)/\(fault)/3/agent"]
            let result = try await user.run(["/bin/dash"], settings.merging(url) { $1 })
            #expect(result.output == "ran\n", "\(result.errors)")
            #expect(server.requests.count == 4)
            #expect(try Files.text("\(user.home)/waits") == "2\n4\n6\n")
        }
    }

    @Test(arguments: fetchers)
    func `a server that stays broken is given up after four tries`(fetcher: Fetcher) async throws {
        try await withServer(fetcher) { user, server, settings in
            let url = ["BOOTSTRAP_BINARY_URL": "\(server.url)/status/500/agent?sig=CANARY"]
            let result = try await user.run(["/bin/dash"], settings.merging(url) { $1 })
            #expect(result.exitCode == 1)
            #expect(result.errors.contains("cannot fetch \(server.url)/status/500/agent"))
            #expect(!result.errors.contains("CANARY"))
            #expect(try user.log()?.contains("CANARY") == false)
            #expect(server.requests.count == 4)
        }
    }

    @Test(arguments: [401, 403, 404, 410])
    func `a final answer is not asked for again`(status: Int) async throws {
        try await withServer(Self.curl) { user, server, settings in
            let url = ["BOOTSTRAP_BINARY_URL": "\(server.url)/status/\(status)/agent"]
            let result = try await user.run(["/bin/dash"], settings.merging(url) { $1 })
            #expect(result.exitCode == 1)
            #expect(server.requests.count == 1)
        }
    }

    /// curl itself takes each of these for something else, and says what.
    @Test(arguments: [
        "http://corp:CANARY@t:w%25CANARY@127.0.0.1:1", "http://corp:CANARY/CANARY@127.0.0.1:1", "u:CANARY@127.0.0.1:1",
    ])
    func `the password of a proxy that is none is in no message`(proxy: String) async throws {
        try await withServer(Self.curl) { user, _, settings in
            let more = ["https_proxy": proxy, "BOOTSTRAP_BINARY_URL": "https://files.example/agent"]
            let result = try await user.run(["/bin/dash"], settings.merging(more) { $1 })
            #expect(result.exitCode == 1)
            #expect(result.errors.contains("attempt 1 of 4 failed: https://files.example/agent: curl: ("))
            #expect(!result.errors.contains("CANARY"), "\(result.errors)")
            #expect(try user.log()?.contains("CANARY") == false)
        }
    }

    @Test func `a proxy that refuses the password is asked once`() async throws {
        try await withServer(Self.curl) { user, server, settings in
            let proxy = "http://corp:CANARY@\(server.url.dropFirst("http://".count))"
            let more = ["https_proxy": proxy, "BOOTSTRAP_BINARY_URL": "https://files.example/agent"]
            let result = try await user.run(["/bin/dash"], settings.merging(more) { $1 })
            #expect(result.exitCode == 1)
            #expect(result.errors.contains(": see https_proxy\n") && !result.errors.contains("CANARY"))
            #expect(server.requests == ["CONNECT files.example:443"])
        }
    }

    @Test func `a redirect to plain http is refused`() async throws {
        try await withServer(Self.curl) { user, server, settings in
            let url = ["BOOTSTRAP_BINARY_URL": "\(server.url)/moved/agent"]
            let result = try await user.run(["/bin/dash"], settings.merging(url) { $1 })
            #expect(result.exitCode == 1)
            #expect(Set(server.requests) == ["GET /moved/agent"])
        }
    }

    @Test(arguments: fetchers)
    func `what stays on this machine goes past no proxy`(fetcher: Fetcher) async throws {
        try await withServer(fetcher) { user, _, settings in
            let proxy = "http://127.0.0.1:1"
            let proxies = ["http_proxy": proxy, "all_proxy": proxy, "ALL_PROXY": proxy]
            let result = try await user.run(["/bin/dash"], settings.merging(proxies) { $1 })
            #expect(result.output == "ran\n", "\(result.errors)")
        }
    }

    @Test(arguments: ["curl", "wget"])
    func `an address is in no process list`(program: String) async throws {
        let fetcher = program == "curl" ? Self.curl : Self.wget
        try await withServer(fetcher) { user, server, settings in
            let spy = "#!/bin/sh\necho \"$@\" >>\(user.home)/calls\nexec /usr/bin/\(program) \"$@\"\n"
            // Root and the user both write there.
            try Files.replace("\(user.home)/calls", with: [], mode: 0o666)
            _ = try user.path(without: fetcher.missing, scripts: [program: spy])
            let url = ["BOOTSTRAP_BINARY_URL": "\(server.url)/agent?sig=CANARY"]
            #expect(try await user.run(["/bin/dash"], settings.merging(url) { $1 }).output == "ran\n")
            #expect(server.requests == ["GET /agent?sig=CANARY"])
            let calls = try #require(try Files.text("\(user.home)/calls"))
            #expect(calls.contains("-O") || calls.contains("-o"))
            #expect(!calls.contains("CANARY"))
        }
    }

    @Test(arguments: StubTests.shells)
    func `a kept binary needs no server`(shell: [String]) async throws {
        try await withServer(Self.curl) { user, server, settings in
            #expect(try await user.run(shell, settings).output == "ran\n")
            let away = settings.merging(["BOOTSTRAP_BINARY_URL": "http://127.0.0.1:1/agent"]) { $1 }
            let again = try await user.run(shell, away)
            #expect(again.output == "ran\n")
            #expect(!again.errors.contains("attempt"))
            #expect(server.requests.count { $0 == "GET /agent" } == 1)
        }
    }

    // Not under busybox, whose shell has a wget of its own.
    @Test(arguments: [["/bin/dash"], ["/bin/bash", "--posix"]])
    func `without any program to fetch with it says what to install`(shell: [String]) async throws {
        try await withServer(Fetcher(testDescription: "none", missing: ["curl", "wget"])) { user, server, settings in
            let result = try await user.run(shell, settings)
            #expect(result.exitCode == 1)
            #expect(result.errors.contains("install curl or wget"))
            #expect(server.requests.isEmpty)
        }
    }

    @Test func `a config is not taken from a program that checks no certificate`() async throws {
        try await withServer(Self.busybox) { user, _, settings in
            let result = try await user.run(
                ["/bin/dash"], settings.merging(["BOOTSTRAP_CONFIG": "https://127.0.0.1:1/host.json"]) { $1 })
            #expect(result.exitCode == 1)
            #expect(result.errors.contains("checks no certificate"))
            #expect(result.output.isEmpty)
        }
    }

    @Test(arguments: [curl, wget], ["/agent?sig=CANARY", "/status/404/agent?sig=CANARY"])
    func `who sits at a terminal sees the program come`(fetcher: Fetcher, place: String) async throws {
        try await withServer(fetcher) { user, server, settings in
            try Files.replace("\(user.home)/host.json", with: Array("{}".utf8), mode: 0o644)
            let own = ["BOOTSTRAP_BINARY_URL": "\(server.url)\(place)", "TERM": "xterm"]
            let words = user.environment.merging(settings) { $1 }.merging(own) { $1 }.map { "\($0)=\($1)" }
            let shown = try await TypedTerminal.run(
                "/usr/bin/env", words + ["/bin/dash", StubTests.stub], answers: [], in: user.home
            ).output
            #expect(!shown.contains("CANARY"))
            if place.hasPrefix("/status") {
                #expect(shown.contains("cannot fetch \(server.url)/status/404/agent"), "\(shown)")
            } else {
                #expect(shown.contains("100") && shown.contains("%") && shown.contains("\r\nran\r\n"), "\(shown)")
            }
        }
    }

    /// A server on the user's home, and settings for a stub that has one way to fetch and need not wait for retries.
    private func withServer(
        _ fetcher: Fetcher, _ body: (StubUser, StubServer, [String: String]) async throws -> Void
    ) async throws {
        try await StubUser.with { user in
            try await StubServer.with(folder: user.home) { server in
                let sleep = "#!/bin/sh\necho \"$1\" >>\(user.home)/waits\n"
                let path = try user.path(
                    without: fetcher.missing, scripts: fetcher.scripts.merging(["sleep": sleep]) { $1 })
                let settings = [
                    "BOOTSTRAP_BINARY_SHA256": try user.publish(Self.program),
                    "BOOTSTRAP_BINARY_URL": "\(server.url)/agent", "PATH": path,
                ]
                try await body(user, server, settings)
            }
        }
    }
}
