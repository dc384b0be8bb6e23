import Digests
import Platform
import Testing

/// The stub under the shells that hosts have.
@Suite(.timeLimit(.minutes(5))) struct StubTests {
    static let checkout = #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/\($1)" }
    static let stub = "\(checkout)/stub/bootstrap.sh"
    static let shells: [[String]] = [
        ["/bin/dash"], ["/bin/busybox", "sh"], ["/bin/bash", "--posix"], ["/bin/mksh"], ["/usr/bin/yash"],
    ]

    @Test func `it is small`() throws {
        let text = try Files.read(Self.stub)
        // With a config it has to fit into user-data of 16 KiB, which UserDataTests shows.
        #expect(text.count < 9 << 10)
        #expect(text.count { $0 == UInt8(ascii: "\n") } < 120)
    }

    @Test(arguments: shells)
    func `cut at any byte it runs nothing, and whole it runs`(shell: [String]) async throws {
        try await StubUser.with { user in
            let size = try Files.read(Self.stub).count
            let digest = try user.publish("#!/bin/sh\necho ran\n")
            // One shell tries every cut, so that thousands of cuts take seconds; the last newline is not missed.
            let script = """
                export BOOTSTRAP_BINARY_SHA256=\(digest)
                try() { head -c "$1" \(Self.stub) | \(shell.joined(separator: " ")) >\(user.home)/out 2>/dev/null; }
                n=1
                while [ $n -lt \(size - 1) ]; do
                    try $n
                    [ ! -s \(user.home)/out ] && [ ! -e "\(user.root)" ] || { echo "cut at $n did something"; exit 1; }
                    n=$((n + \(shell == Self.shells[0] ? 1 : 5)))
                done
                try \(size - 1)
                cat \(user.home)/out
                """
            let result = try await Subprocess.run(
                Command("/bin/dash", ["-c", script], environment: user.environment), timeout: .seconds(300))
            #expect(result.output == "ran\n")
        }
    }

    @Test(arguments: shells, [0, 1, 7, 143])
    func `a binary with the right digest is run with config and arguments, and its exit code is the stub's`(
        shell: [String], code: Int
    ) async throws {
        try await StubUser.with { user in
            let binary = try user.publish("#!/bin/sh\nprintf '<%s>' \"$@\"\nexit \(code)\n")
            let result = try await user.run(
                shell, ["BOOTSTRAP_BINARY_SHA256": binary, "BOOTSTRAP_ARGS": "--json  * --skip x"])
            #expect(result.exitCode == Int32(code), "\(result.errors)")
            #expect(result.output == "<--config><\(user.home)/host.json><--json><*><--skip><x>")
        }
    }

    @Test(arguments: shells)
    func `a wrong digest is refused before anything is run, with both digests`(shell: [String]) async throws {
        try await StubUser.with { user in
            let found = try user.publish("#!/bin/sh\ntouch \(user.home)/ran\n")
            let wanted = String(repeating: "a", count: 64)
            let result = try await user.run(shell, ["BOOTSTRAP_BINARY_SHA256": wanted])
            #expect(result.exitCode == 5)
            #expect(result.errors.contains(wanted) && result.errors.contains(found))
            #expect(result.errors.contains("failed while fetching file://\(user.home)/agent"))
            #expect(try FileStatus.of("\(user.home)/ran") == nil)
            #expect(try Folders.names(in: "\(user.root)/bin").isEmpty)
            #expect(try user.log()?.contains("checksum mismatch") == true)
        }
    }

    @Test(arguments: ["sha256:", "SHA256:", ""], ["", "  agent", " *agent\n"])
    func `a digest is taken as people copy it`(start: String, end: String) async throws {
        try await StubUser.with { user in
            let digest = try user.publish("#!/bin/sh\necho ran\n")
            let result = try await user.run(["/bin/dash"], ["BOOTSTRAP_BINARY_SHA256": start + digest + end])
            #expect(result.output == "ran\n", "\(result.errors)")
        }
    }

    @Test(arguments: shells)
    func `a verified binary is kept for the next run, and one that was changed is fetched again`(shell: [String])
        async throws
    {
        try await StubUser.with { user in
            let digest = try user.publish("#!/bin/sh\necho ran\n")
            let settings = ["BOOTSTRAP_BINARY_SHA256": digest.uppercased()]
            #expect(try await user.run(shell, settings).output == "ran\n")
            try Files.rename("\(user.home)/agent", to: "\(user.home)/away")
            #expect(try await user.run(shell, settings).output == "ran\n")
            try Files.replace(
                "\(user.root)/bin/host-bootstrap", with: Array("#!/bin/sh\necho evil\n".utf8), mode: 0o755)
            try Files.rename("\(user.home)/away", to: "\(user.home)/agent")
            #expect(try await user.run(shell, settings).output == "ran\n")
        }
    }

    @Test(arguments: ["sha256sum", "openssl"])
    func `the digest is computed by sha256sum or openssl`(missing: String) async throws {
        try await StubUser.with { user in
            let settings = [
                "BOOTSTRAP_BINARY_SHA256": try user.publish("#!/bin/sh\necho ran\n"),
                "PATH": try user.path(without: [missing]),
            ]
            #expect(try await user.run(["/bin/dash"], settings).output == "ran\n")
        }
    }

    @Test(arguments: shells)
    func `TERM during a download leaves no part of it, and ends with 143`(shell: [String]) async throws {
        try await StubUser.with { user in
            try await StubServer.with(folder: user.home) { server in
                let settings = [
                    "BOOTSTRAP_BINARY_SHA256": try user.publish("#!/bin/sh\necho ran\n"),
                    "BOOTSTRAP_BINARY_URL": "\(server.url)/stall/agent",
                ]
                let running = Task { try await user.run(shell, settings) }
                while try Folders.names(in: "\(user.root)/bin").isEmpty {
                    try await Task.sleep(for: .milliseconds(20))
                }
                running.cancel()
                let result = try await running.value
                #expect(result.exitCode == 143)
                #expect(try Folders.names(in: "\(user.root)/bin").isEmpty)
            }
        }
    }
}
