import Platform
import Testing

/// The token that goes along to the config's server, and nowhere else.
@Suite(.timeLimit(.minutes(5))) struct StubTokenTests {
    private static let token = "0123456789abcdef.CANARY"

    @Test(arguments: [StubDownloadTests.curl, StubDownloadTests.wget], ["hub-token", "~/hub-token"])
    func `it is sent with the config alone, and is in no process list, log or file`(
        fetcher: StubDownloadTests.Fetcher, place: String
    ) async throws {
        let program = fetcher.missing == ["wget"] ? "curl" : "wget"
        try await withServer(fetcher) { user, server, settings in
            try write(Self.token, user)
            let spy = "#!/bin/sh\necho \"$0 $*\" >>\(user.home)/calls\nexec /usr/bin/%s \"$@\"\n"
            try Files.replace("\(user.home)/calls", with: [], mode: 0o666)
            let spies = [program, "tee", "setpriv", "cat", "printf"].map { name in
                (name, spy.split(separator: "%s", omittingEmptySubsequences: false).joined(separator: name))
            }
            _ = try user.path(without: fetcher.missing, scripts: Dictionary(uniqueKeysWithValues: spies))
            let file = place.hasPrefix("~") ? place : "\(user.home)/\(place)"
            // Busybox's shell has a wget of its own, which is none that can keep a token.
            for shell in StubTests.shells where program == "curl" || shell != ["/bin/busybox", "sh"] {
                let result = try await user.run(shell, settings.merging(["BOOTSTRAP_TOKEN_FILE": file]) { $1 })
                #expect(result.output == "ran\n", "\(result.errors)")
                #expect(!result.errors.contains("CANARY"))
            }
            // Busybox has xz and gzip without any search path.
            let asked = Set(server.requests.filter { !$0.hasSuffix(".xz") && !$0.hasSuffix(".gz") })
            #expect(asked == ["GET /agent", "GET /host.json Bearer \(Self.token)"], "\(asked)")
            #expect(try user.log()?.contains("CANARY") == false)
            #expect(try Files.text("\(user.home)/calls")?.contains(program) == true)
            #expect(try Files.text("\(user.home)/calls")?.contains("CANARY") == false)
            let left = try Folders.names(in: "\(user.root)/bootstrap").sorted()
            #expect(left == ["bootstrap-config.json", "bootstrap.log"])
        }
    }

    @Test(arguments: [StubDownloadTests.curl, StubDownloadTests.wget])
    func `it does not follow a redirect to another server`(fetcher: StubDownloadTests.Fetcher) async throws {
        try await withServer(fetcher) { user, server, settings in
            try await StubServer.with(folder: user.home) { other in
                try write(Self.token, user)
                let port = other.url.split(separator: ":").last.map(String.init) ?? ""
                let more = [
                    "BOOTSTRAP_TOKEN_FILE": "~/hub-token", "BOOTSTRAP_CONFIG": "\(server.url)/away/\(port)/host.json",
                ]
                let result = try await user.run(["/bin/dash"], settings.merging(more) { $1 })
                #expect(result.exitCode == 1)
                #expect(server.requests.contains("GET /away/\(port)/host.json Bearer \(Self.token)"))
                #expect(!other.requests.contains { $0.contains("CANARY") }, "\(other.requests)")
            }
        }
    }

    @Test func `without a program that keeps it from the process list it is not sent`() async throws {
        try await withServer(StubDownloadTests.busybox) { user, server, settings in
            try write(Self.token, user)
            let more = ["BOOTSTRAP_TOKEN_FILE": "~/hub-token"]
            let result = try await user.run(["/bin/dash"], settings.merging(more) { $1 })
            #expect(result.exitCode == 1 && result.errors.contains("install curl"), "\(result.errors)")
            #expect(server.requests == ["GET /agent"])
        }
    }

    @Test(
        arguments: [
            (nil, 1, "join-command"), ("a\"b", 2, "holds no token"), ("a b", 2, "holds no token"),
            ("a\nurl=\"file:///etc/passwd\"", 2, "holds no token"),
        ] as [(String?, Int32, String)])
    func `what is no token is not sent`(text: String?, code: Int32, told: String) async throws {
        try await withServer(StubDownloadTests.curl) { user, server, settings in
            if let text { try write(text, user) }
            let more = ["BOOTSTRAP_TOKEN_FILE": "~/hub-token"]
            let result = try await user.run(["/bin/dash"], settings.merging(more) { $1 })
            #expect(result.exitCode == code && result.errors.contains(told), "\(result.errors)")
            #expect(server.requests == ["GET /agent"])
        }
    }

    private func write(_ token: String, _ user: StubUser) throws {
        let path = "\(user.home)/hub-token"
        try Files.replace(path, with: Array("\(token)\n".utf8), mode: 0o600)
        guard Account.currentUser == 0, let home = try FileStatus.of(user.home) else { return }
        try Files.setOwner(path, user: home.owner, group: home.group)
    }

    private func withServer(
        _ fetcher: StubDownloadTests.Fetcher, _ body: (StubUser, StubServer, [String: String]) async throws -> Void
    ) async throws {
        try await StubUser.with { user in
            try await StubServer.with(folder: user.home) { server in
                try Files.replace("\(user.home)/host.json", with: Array("{}".utf8), mode: 0o644)
                let sleep = "#!/bin/sh\n"
                let path = try user.path(
                    without: fetcher.missing, scripts: fetcher.scripts.merging(["sleep": sleep]) { $1 })
                let settings = [
                    "BOOTSTRAP_BINARY_SHA256": try user.publish(StubDownloadTests.program), "PATH": path,
                    "BOOTSTRAP_BINARY_URL": "\(server.url)/agent", "BOOTSTRAP_CONFIG": "\(server.url)/host.json",
                ]
                try await body(user, server, settings)
            }
        }
    }
}
