import Platform
import Testing

/// What the stub makes of its settings: data, never code, and refused before anything is made.
@Suite struct StubSettingsTests {
    @Test(arguments: ["", "abc", String(repeating: "g", count: 64), String(repeating: "a", count: 63), "sparc=00"])
    func `what is no digest is refused before anything is made`(digest: String) async throws {
        try await StubUser.with { user in
            let result = try await user.run(["/bin/dash"], ["BOOTSTRAP_BINARY_SHA256": digest])
            #expect(result.exitCode == 2)
            #expect(try FileStatus.of(user.root) == nil)
        }
    }

    @Test(arguments: ["BOOTSTRAP_CONFIG", "BOOTSTRAP_BINARY_URL", "BOOTSTRAP_ROOT"])
    func `a setting that is missing or makes no sense is named`(name: String) async throws {
        try await StubUser.with { user in
            let settings = [
                "BOOTSTRAP_BINARY_SHA256": String(repeating: "a", count: 64), name: name == "BOOTSTRAP_ROOT" ? "x" : "",
            ]
            let result = try await user.run(["/bin/dash"], settings)
            #expect(result.exitCode == 2)
            #expect(result.errors.contains(name))
        }
    }

    @Test(arguments: [
        "http://example.org/x", "http://127.0.0.1@example.org/x", "http://localhost:80@example.org/", "ftp://a/b", "x",
        "http://127.0.0.1.example.org/x", "https://a/b\n-o /etc/passwd", "https://a/b\" output=\"c", "https://a/b c",
        "-K/etc/passwd", "file:x",
    ])
    func `plain http to another machine, and anything that is no URL, is refused`(url: String) async throws {
        try await StubUser.with { user in
            let settings = ["BOOTSTRAP_BINARY_SHA256": String(repeating: "a", count: 64), "BOOTSTRAP_BINARY_URL": url]
            let result = try await user.run(["/bin/dash"], settings)
            #expect(result.exitCode == 2)
            #expect(result.errors.contains("refused "))
        }
    }

    @Test(arguments: StubTests.shells)
    func `digest and address are chosen by architecture`(shell: [String]) async throws {
        #if arch(arm64)
            let here = "aarch64"
        #else
            let here = "x86_64"
        #endif
        try await StubUser.with { user in
            let digest = try user.publish("#!/bin/sh\necho ran\n", as: "\(here)/agent-\(here)")
            let other = String(repeating: "b", count: 64)
            let settings = [
                "BOOTSTRAP_BINARY_SHA256": "sparc=\(other) \(here)=\(digest) mips=\(other)",
                "BOOTSTRAP_BINARY_URL": "file://\(user.home)/@ARCH@/agent-@ARCH@",
            ]
            #expect(try await user.run(shell, settings).output == "ran\n")
        }
    }

    // Not under busybox, whose shell has a uname of its own.
    @Test(arguments: [["/bin/dash"], ["/bin/bash", "--posix"]])
    func `an architecture without a binary is refused`(shell: [String]) async throws {
        try await StubUser.with { user in
            let fakeUname = try user.path(scripts: ["uname": "#!/bin/sh\necho sparc64\n"])
            let result = try await user.run(shell, ["PATH": fakeUname])
            #expect(result.exitCode == 4)
            #expect(result.errors.contains("no binary for sparc64"))
        }
    }

    @Test(arguments: StubTests.shells)
    func `hostile values reach the binary as they are and are never run`(shell: [String]) async throws {
        try await StubUser.with { user in
            let evil = "$(touch \(user.home)/evil)`touch \(user.home)/evil`;'\"\\ *\n=&|x"
            let root = "\(user.home)/\(evil)"
            let settings = [
                "BOOTSTRAP_BINARY_SHA256": try user.publish("#!/bin/sh\nprintf '<%s>' \"$0\" \"$@\"\n"),
                "BOOTSTRAP_ROOT": root, "BOOTSTRAP_CONFIG": "/\(evil)",
                "BOOTSTRAP_ARGS": "$(touch) `touch` ;touch ' \" \\ * -- --x=$HOME ~",
            ]
            let result = try await user.run(shell, settings)
            #expect(
                result.output
                    == "<\(root)/bin/host-bootstrap><--config></\(evil)>"
                    + "<$(touch)><`touch`><;touch><'><\"><\\><*><--><--x=$HOME><~>")
            #expect(try FileStatus.of("\(user.home)/evil") == nil)
        }
    }

    @Test(arguments: StubTests.shells, ["host.json", "-x", "../a b"])
    func `a relative config is looked up where the stub was started`(shell: [String], config: String) async throws {
        try await StubUser.with { user in
            let binary = try user.publish("#!/bin/sh\nprintf %s \"$2\"\n")
            let settings = ["BOOTSTRAP_BINARY_SHA256": binary, "BOOTSTRAP_CONFIG": config]
            #expect(try await user.run(shell, settings, in: user.home).output == "\(user.home)/\(config)")
        }
    }

    @Test(arguments: StubTests.shells, ["BOOTSTRAP_USER", "BOOTSTRAP_CONFIG", "BOOTSTRAP_ARGS"])
    func `a carriage return at a setting's end is told by the setting's name`(shell: [String], name: String)
        async throws
    {
        try await StubUser.with { user in
            let digest = try user.publish("#!/bin/sh\necho ran\n")
            let result = try await user.run(shell, ["BOOTSTRAP_BINARY_SHA256": digest, name: "x\r"])
            #expect(result.exitCode == 2)
            #expect(result.errors.contains("\(name) ends with a carriage return"), "\(result.errors)")
            #expect(try FileStatus.of(user.root) == nil)
        }
    }

    @Test(arguments: StubTests.shells, ["file", "pipe"])
    func `a stub with CRLF line ends says so and does nothing`(shell: [String], way: String) async throws {
        try await StubUser.with { user in
            let text = String(decoding: try Files.read(StubTests.stub), as: UTF8.self)
            let bytes = Array(
                text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8)
            try Files.replace("\(user.home)/stub.sh", with: bytes, mode: 0o755)
            let piped = way == "pipe"
            let command = Command(
                shell[0], shell.dropFirst() + (piped ? [] : ["\(user.home)/stub.sh"]), environment: user.environment,
                input: piped ? bytes : [])
            let result = try await Subprocess.run(command, timeout: .seconds(300))
            #expect(result.exitCode == 2)
            #expect(result.errors == "bootstrap: this file has CRLF line ends: use dos2unix\n")
            #expect(try FileStatus.of(user.root) == nil)
        }
    }

    /// The root is on a file system of its own here, as a home often is.
    @Test(StubAccountTests.needsRoot, arguments: StubTests.shells)
    func `a root that is mounted noexec is told as such`(shell: [String]) async throws {
        try await StubUser.with { user in
            let settings = ["BOOTSTRAP_BINARY_SHA256": try user.publish("#!/bin/sh\necho ran\n")]
            let environment = user.environment.merging(settings) { $1 }
            let script = "mkdir \"$1\" && mount -t tmpfs -o noexec,mode=1777 none \"$1\" && shift && exec \"$@\""
            let words = ["-m", "/bin/sh", "-c", script, "sh", user.root] + shell + [StubTests.stub]
            let result = try await Subprocess.run(
                Command("/usr/bin/unshare", words, environment: environment), timeout: .seconds(300))
            #expect(result.exitCode == 4, "\(result.errors)")
            #expect(result.errors.contains("\(user.root) is mounted noexec: set BOOTSTRAP_ROOT"), "\(result.errors)")
            #expect(result.output.isEmpty)
        }
    }

    @Test func `a folder that cannot be made is named`() async throws {
        try await StubUser.with { user in
            let settings = [
                "BOOTSTRAP_BINARY_SHA256": try user.publish("#!/bin/sh\necho ran\n"),
                "BOOTSTRAP_ROOT": "\(user.home)/agent/x",
            ]
            let result = try await user.run(["/bin/dash"], settings)
            #expect(result.exitCode == 1)
            #expect(result.errors.contains("failed while making \(user.home)/agent/x/bootstrap"))
            #expect(result.output.isEmpty)
        }
    }
}
