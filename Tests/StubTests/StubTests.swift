import Digests
import Platform
import Testing

/// The stub under the shells that hosts have.
@Suite struct StubTests {
    static let checkout = #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/\($1)" }
    static let stub = "\(checkout)/stub/bootstrap.sh"
    static let shells: [[String]] = [["/bin/dash"], ["/bin/busybox", "sh"], ["/bin/bash", "--posix"]]

    @Test func `it is small`() throws {
        let text = try Files.read(Self.stub)
        #expect(text.count < 6000)
        #expect(text.count { $0 == UInt8(ascii: "\n") } < 120)
    }

    @Test(arguments: shells)
    func `cut at any byte it runs nothing`(shell: [String]) async throws {
        try await withUser { user in
            let size = try Files.read(Self.stub).count
            // One shell tries every cut, so that thousands of cuts take seconds.
            let script = """
                n=1
                while [ $n -lt \(size - 2) ]; do
                    head -c $n \(Self.stub) >\(user.home)/cut
                    \(shell.joined(separator: " ")) \(user.home)/cut >\(user.home)/out 2>/dev/null </dev/null
                    [ ! -s \(user.home)/out ] && [ ! -e "\(user.root)" ] || { echo "cut at $n did something"; exit 1; }
                    n=$((n + \(shell.count == 1 ? 1 : 5)))
                done
                """
            let result = try await Subprocess.run(
                Command("/bin/dash", ["-c", script], environment: user.environment), timeout: .seconds(300))
            #expect(result.exitCode == 0, "\(result.output)")
        }
    }

    @Test(arguments: shells, [0, 1, 7, 143])
    func `a binary with the right digest is run with config and arguments, and its exit code is the stub's`(
        shell: [String], code: Int
    ) async throws {
        try await withUser { user in
            let binary = try user.publish("#!/bin/sh\nprintf '<%s>' \"$@\"\nexit \(code)\n")
            let result = try await user.run(
                shell, ["BOOTSTRAP_BINARY_SHA256": binary, "BOOTSTRAP_ARGS": "--json  * --skip x"])
            #expect(result.exitCode == Int32(code), "\(result.errors)")
            #expect(result.output == "<--config><\(user.home)/host.json><--json><*><--skip><x>")
        }
    }

    @Test(arguments: shells)
    func `a wrong digest is refused before anything is run, with both digests`(shell: [String]) async throws {
        try await withUser { user in
            let found = try user.publish("#!/bin/sh\ntouch \(user.home)/ran\n")
            let wanted = String(repeating: "a", count: 64)
            let result = try await user.run(shell, ["BOOTSTRAP_BINARY_SHA256": wanted])
            #expect(result.exitCode == 5)
            #expect(result.errors.contains(wanted) && result.errors.contains(found))
            #expect(try FileStatus.of("\(user.home)/ran") == nil)
            #expect(try Folders.names(in: "\(user.root)/bin").isEmpty)
            #expect(try Files.text("\(user.root)/bootstrap/bootstrap.log")?.contains("checksum mismatch") == true)
        }
    }

    @Test(arguments: shells)
    func `a verified binary is kept for the next run, and one that was changed is fetched again`(shell: [String])
        async throws
    {
        try await withUser { user in
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

    @Test(arguments: [
        "http://example.org/x", "http://127.0.0.1@example.org/x", "http://localhost:80@example.org/", "ftp://a/b", "x",
    ])
    func `plain http to another machine, and anything that is no URL, is refused`(url: String) async throws {
        try await withUser { user in
            let result = try await user.run(
                ["/bin/dash"],
                ["BOOTSTRAP_BINARY_SHA256": String(repeating: "a", count: 64), "BOOTSTRAP_BINARY_URL": url])
            #expect(result.exitCode == 1)
            #expect(result.errors.contains("refused "))
        }
    }

    @Test(arguments: ["", "abc", String(repeating: "g", count: 64), String(repeating: "a", count: 63)])
    func `what is no digest is refused`(digest: String) async throws {
        try await withUser { user in
            let result = try await user.run(["/bin/dash"], ["BOOTSTRAP_BINARY_SHA256": digest])
            #expect(result.exitCode == 2)
        }
    }

    @Test func `secrets in an address are never shown`() async throws {
        try await withUser { user in
            let url = "file:///nowhere/agent?sig=CANARY"
            let result = try await user.run(
                ["/bin/dash"],
                ["BOOTSTRAP_BINARY_SHA256": String(repeating: "a", count: 64), "BOOTSTRAP_BINARY_URL": url],
                patience: .seconds(60))
            #expect(result.exitCode == 1)
            #expect(!result.errors.contains("CANARY"))
            #expect(try Files.text("\(user.root)/bootstrap/bootstrap.log")?.contains("CANARY") == false)
        }
    }

    @Test(arguments: ["$(touch /tmp/stub-evil)", "a b", "-x", "a'b", "*"])
    func `a hostile user name is refused, never run`(name: String) async throws {
        let result = try await Subprocess.run(
            Command(
                "/bin/dash", [Self.stub], environment: Command.plainEnvironment.merging(["BOOTSTRAP_USER": name]) { $1 }
            ))
        #expect(result.exitCode == 2)
        #expect(try FileStatus.of("/tmp/stub-evil") == nil)
    }

    @Test(.enabled(if: Account.currentUser == 0, "needs root"))
    func `root is never the bootstrap user`() async throws {
        let result = try await Subprocess.run(Command("/bin/dash", [Self.stub]))
        #expect(result.exitCode == 4)
        #expect(result.errors.contains("root is never the bootstrap user"))
    }

    private func withUser(_ body: (StubUser) async throws -> Void) async throws {
        let user = try await StubUser.make()
        do { try await body(user) } catch {
            try? await user.remove()
            throw error
        }
        try await user.remove()
    }
}
