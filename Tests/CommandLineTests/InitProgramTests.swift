import Platform
import Support
import Testing

/// `init` by the program itself, as somebody types it.
@Suite struct InitProgramTests {
    @Test func `a project becomes a config that check takes, and what is printed can be pasted`() async throws {
        try await with { top async throws in
            let made = try await run(
                top,
                ["init", "web it", "--user", "ops", "--start", "node a.js", "--hub-url", "https://hub.example.org"])
            #expect(made.exitCode == 0, "\(made)")
            let digest = try #require(try Files.text("\(top)/web-it-0.1.0.tar.zst.sha256")?.prefix(64))
            #expect(
                made.output.contains(
                    "echo '\(digest)  web-it-0.1.0.tar.zst' | sha256sum -c && bootstrap-hub add-bundle"))
            let check = try #require(made.output.byteLines.first { $0.contains("sha256sum -c") })
            let pasted = try await shell("\(check.parts(at: "&")[0])", in: top)
            #expect(pasted.output == "web-it-0.1.0.tar.zst: OK\n", "\(pasted)")
            #expect(try await run(top, ["check", "--config", "host.json"]).exitCode == 0)
            let again = try await run(top, ["init", "web it", "--user", "ops"])
            #expect(again.exitCode == 1 && again.errors.contains("host.json: is there already"), "\(again)")
            let same = try await run(top, ["init", "web it", "--update"])
            #expect(same.exitCode == 0 && same.output == "nothing has changed\n", "\(same)")
            let both = try await run(top, ["init", "web it", "--update", "--start", "node b.js"])
            #expect(both.exitCode == 2 && both.errors.contains("only one of --update, --start"), "\(both)")
        }
    }

    @Test func `without a terminal nobody is asked: the option that is missing is named`() async throws {
        try await with { top async throws in
            let start = try await run(top, ["init", "web it", "--user", "ops"])
            #expect(start.exitCode == 2 && start.errors.contains("--start"), "\(start)")
            if Account.currentUser == 0 {
                let user = try await run(top, ["init", "web it", "--start", "node a.js"])
                #expect(user.exitCode == 2 && user.errors.contains("--user is missing"), "\(user)")
            }
            #expect(try Folders.names(in: top) == ["web it"] && Folders.names(in: "\(top)/web it") == ["a.js"])
        }
    }

    @Test(.enabled(if: Files.isAccessible("/usr/bin/python3", 1), "needs python3"))
    func `at a terminal what is missing is asked for`() async throws {
        try await with { top async throws in
            let answers = Account.currentUser == 0 ? ["ops", "node a.js"] : ["node a.js"]
            let result = try await TypedTerminal.run(try Program.path(), ["init", "web it"], answers: answers, in: top)
            #expect(
                result.output.hasSuffix(" 0\n") && result.output.contains("the command that starts it: "), "\(result)")
            #expect(try Files.text("\(top)/web it/web-it.service")?.contains("ExecStart=@NODE@ a.js\n") == true)
        }
    }

    private func run(_ top: String, _ arguments: [String]) async throws -> CommandResult {
        try await Subprocess.run(Command(try Program.path(), arguments, workingDirectory: top), timeout: .seconds(60))
    }

    private func shell(_ line: String, in top: String) async throws -> CommandResult {
        try await Subprocess.run(Command("/bin/sh", ["-c", line], workingDirectory: top))
    }

    private func with(_ body: (String) async throws -> Void) async throws {
        let top = try Folders.makeTemporary(prefix: "/tmp/init-program-tests-")
        defer { try? Folders.removeTree(top) }
        try Folders.make("\(top)/web it")
        try Files.replace("\(top)/web it/a.js", with: [], mode: 0o644)
        try await body(top)
    }
}
