import Glibc
import JSON
import Platform
import Testing

@testable import Hub

/// TLS by the hub's own certificate, and what it has to do with the systemd that starts it.
@Suite struct SupervisionTests {
    @Test func `with a certificate it speaks TLS, and all is as it is without`() async throws {
        try await with { folder async throws in
            try await TestCertificate.make(in: folder)
            let tls = ["--tls-cert", "\(folder)/cert.pem", "--tls-key", "\(folder)/key.pem"]
            try await HubProgram.serving("\(folder)/data", arguments: tls) { url, _ async throws in
                #expect(url.hasPrefix("https://127.0.0.1:"))
                let trust = ["--cacert", "\(folder)/cert.pem"]
                #expect(try await Reply.curl(trust + ["\(url)/health"]).status == 200)
                // Many at once, kept open, a page and a stream over one connection, an upload larger than any buffer.
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 1...40 {
                        group.addTask { try await Reply.curl(trust + ["\(url)/", "\(url)/page.js"]).status }
                    }
                    for try await status in group { #expect(status == 200) }
                }
                let stream = try await Reply.curl(trust + ["-N", "--max-time", "2", "\(url)/api/v1/events"])
                #expect(stream.body.hasPrefix("event: hosts"))
                try Files.replace("\(folder)/large", with: Array(repeating: 7, count: 20 << 20), mode: 0o600)
                let upload = ["-F", "workspace_path=w", "-F", "bundle=@\(folder)/large", "\(url)/api/v1/delta/upload"]
                #expect(try await Reply.curl(trust + upload).json?["success"] == .bool(false))
                // The stub's own address is one with TLS too.
                try Files.replace(
                    "\(folder)/h1.json", with: Array(#"{"bootstrap_user": "u", "host_id": "h1"}"#.utf8), mode: 0o600)
                _ = try Hub(data: "\(folder)/data").addHost(HostID("h1"), config: "\(folder)/h1.json")
                #expect(
                    try await Reply.curl(trust + ["\(url)/bootstrap/h1/stub.sh"]).body.contains("\(url)/bootstrap/h1"))
                // Strangers: no TLS at all, an old version.
                for arguments in [
                    ["http\(url.dropFirst(5))/health"], trust + ["--tlsv1.0", "--tls-max", "1.1", "\(url)/health"],
                ] {
                    let told = try await Subprocess.run(
                        Command("/usr/bin/curl", ["-sS", "--max-time", "5"] + arguments))
                    #expect(!told.succeeded && told.output.isEmpty)
                }
                #expect(try await Reply.curl(trust + ["\(url)/health"]).status == 200)
            }
        }
    }

    @Test func `a crowd keeps TLS connections open at once, goes away without a word, and leaves nothing to do`()
        async throws
    {
        try await with { folder async throws in
            try await TestCertificate.make(in: folder)
            let tls = ["--tls-cert", "\(folder)/cert.pem", "--tls-key", "\(folder)/key.pem"]
            try await HubProgram.serving("\(folder)/data", arguments: tls) { url, process async throws in
                let script = "\(Files.folder(of: #filePath))/tls_crowd.py", count = 1500
                let port = String(url.split(separator: ":").last ?? "")
                let crowd = try await Subprocess.run(
                    Command("/usr/bin/python3", [script, port, "\(folder)/cert.pem", "\(count)"]),
                    timeout: .seconds(100))
                #expect(crowd.output == "\(count)\n", "\(crowd.errors.suffix(500))")
                // Those who are gone are noticed, and nobody is asked for ever whether they are.
                try await Task.sleep(for: .seconds(2))
                let before = try cpuTicks(process)
                try await Task.sleep(for: .seconds(2))
                #expect(try cpuTicks(process) - before < sysconf(Int32(_SC_CLK_TCK)))
                // Of a third, which watched, the server finds out with the next ping.
                let open = try Folders.names(in: "/proc/\(process)/fd").count
                #expect(open < count / 3 + 200)
                let trust = ["--cacert", "\(folder)/cert.pem"]
                #expect(try await Reply.curl(trust + ["\(url)/health"]).status == 200)
            }
        }
    }

    /// How much a process has computed, in the kernel's ticks (proc(5)).
    private func cpuTicks(_ process: Int32) throws -> Int {
        let fields = try #require(try Files.text("/proc/\(process)/stat")).split(separator: " ")
        return try #require(Int(fields[13])) + #require(Int(fields[14]))
    }

    @Test(
        arguments: [
            (["--tls-cert", "cert.pem"], 2), (["--tls-key", "key.pem"], 2),
            (["--tls-cert", "none", "--tls-key", "key.pem"], 1),
            (["--tls-cert", "key.pem", "--tls-key", "key.pem"], 1),
            (["--tls-cert", "cert.pem", "--tls-key", "cert.pem"], 1),
            (["--tls-cert", "cert.pem", "--tls-key", "other.pem"], 1),
        ] as [([String], Int32)])
    func `a certificate that cannot be used is told of with its file`(options: [String], exitCode: Int32) async throws {
        try await with { folder async throws in
            try await TestCertificate.make(in: folder)
            let options = options.map { $0.hasPrefix("-") ? $0 : "\(folder)/\($0)" }
            let result = try await HubProgram.run(
                ["serve", "--data", "\(folder)/data", "--listen", "127.0.0.1:0"] + options)
            #expect(result.exitCode == exitCode)
            #expect(result.errors.contains("hint:"), "\(result.errors)")
        }
    }

    @Test func `it tells when it is ready and that it is alive, and when it stops`() async throws {
        try await with { folder async throws in
            let told = "\(folder)/told"
            let listener = """
                import socket, sys
                s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1]); print("bound", flush=True)
                while True:
                    data = s.recv(1000)
                    open(sys.argv[2], "ab").write(data + b"\\n")
                """
            let (lines, sink) = AsyncStream.makeStream(of: String.self)
            let python = try Coprocess(
                Command("/usr/bin/python3", ["-c", listener, "\(folder)/socket", told])
            ) { sink.yield($0) }
            var reader = lines.makeAsyncIterator()
            #expect(await reader.next() == "bound")
            let environment = ["NOTIFY_SOCKET": "\(folder)/socket", "WATCHDOG_USEC": "300000"]
            try await HubProgram.serving("\(folder)/data", environment: environment) { _, _ async throws in
                for _ in 0..<3000 where try (Files.text(told) ?? "").split(separator: "\n").count < 6 {
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            let messages = try #require(try Files.text(told)).split(separator: "\n")
            #expect(messages.first == "READY=1")
            #expect(messages.count { $0 == "WATCHDOG=1" } >= 5)
            #expect(messages.last == "STOPPING=1")
            _ = await python.wait(patience: .milliseconds(10))
        }
    }

    @Test func `it takes the socket that systemd has opened for it`() async throws {
        try await with { folder async throws in
            // As systemd does: the socket is number 3, and two variables say so.
            let starter = """
                import os, socket, sys
                s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); print(s.getsockname()[1], flush=True)
                if s.fileno() != 3: os.dup2(s.fileno(), 3)
                os.set_inheritable(3, True)
                os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
                os.execv(sys.argv[1], sys.argv[1:])
                """
            let (lines, sink) = AsyncStream.makeStream(of: String.self)
            let hub = try Coprocess(
                Command(
                    "/usr/bin/python3",
                    [
                        "-c", starter, try HubProgram.path(), "serve", "--data", "\(folder)/data", "--listen",
                        "127.0.0.1:1",
                    ])
            ) { sink.yield($0) }
            var reader = lines.makeAsyncIterator()
            let port = try #require(await reader.next())
            #expect(await reader.next() == "listening on http://127.0.0.1:\(port)")
            #expect(try await Reply.curl(["http://127.0.0.1:\(port)/health"]).status == 200)
            _ = await hub.wait(patience: .milliseconds(10))
        }
    }

    @Test(arguments: [false, true])
    func `the socket that systemd keeps for the next one still listens when it has stopped`(tls: Bool) async throws {
        try await with { folder async throws in
            try await TestCertificate.make(in: folder)
            let keeper = """
                import os, signal, socket, sys
                s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
                reading, writing = os.pipe()
                child = os.fork()
                if child == 0:
                    os.dup2(writing, 1); os.dup2(s.fileno(), 3); os.set_inheritable(3, True)
                    os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
                    os.execv(sys.argv[1], sys.argv[1:])
                os.close(writing)
                assert b"listening" in os.read(reading, 1000)
                os.kill(child, signal.SIGTERM)
                print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
                socket.create_connection(s.getsockname(), timeout=5); print("it listens")
                """
            let options = tls ? ["--tls-cert", "\(folder)/cert.pem", "--tls-key", "\(folder)/key.pem"] : []
            let result = try await Subprocess.run(
                Command(
                    "/usr/bin/python3",
                    ["-c", keeper, try HubProgram.path(), "serve", "--data", "\(folder)/data"] + options),
                timeout: .seconds(300))
            #expect(result.output == "0\nit listens\n", "\(result.errors)")
        }
    }

    private func with(_ body: (String) async throws -> Void) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/hub-supervision-")
        defer { try? Folders.removeTree(folder) }
        try await body(folder)
    }
}
