import Platform
import Testing

@Suite struct HelpTests {
    @Test(arguments: Program.commands)
    func `every command shows its options and an example`(command: String) async throws {
        let help = try await Program.run(command, "--help")
        #expect(help.exitCode == 0 && help.errors == "")
        #expect(help.output.contains("usage: host-bootstrap \(command)"))
        #expect(help.output.contains("example: "))
        #expect(help.output.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(help.output)")
    }

    @Test(.enabled(if: Files.isAccessible("/usr/bin/python3", 1), "needs python3"))
    func `manual pages and reference say what the programs and the schema say`() async throws {
        let checkout = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
        let programs = Files.folder(of: try ProcessStart.executable())
        let result = try await Subprocess.run(
            Command("/usr/bin/python3", ["\(checkout)/docs/generate", "--check", programs]), timeout: .seconds(300))
        #expect(result.succeeded, "\(result.errors)")
    }

    @Test func `the program lists all of them`() async throws {
        let help = try await Program.run("--help")
        #expect(help.exitCode == 0)
        for command in Program.commands { #expect(help.output.contains("  \(command) "), "\(command)") }
        #expect(!help.output.contains("privileged-helper"))
    }

    /// What somebody types, and what is suggested.
    @Test(arguments: [
        (["aply"], "did you mean \"apply\"?"), (["plan", "--confg", "x"], "did you mean \"--config\"?"),
        (["explain", "unknwon-field"], "did you mean \"unknown-field\"?"),
        (["explain", "8"], "there is no code \"8\""),
        (["completions", "tcsh"], "does not take \"tcsh\""),
        (["completions"], "is missing"), (["explain", "a", "b"], "unexpected argument"),
        (["check"], "--config is missing"), (["bundle", "unpack", "x"], "give it install, pack, verify or delta"),
        (["apply", "--config", "x", "--wait-lock", "1h"], "give it a whole number of seconds from 0 to 86400"),
        (["apply", "--config", "x", "--plan", "/nowhere"], "/nowhere: open: No such file or directory"),
        (["apply", "--config", "x", "--plan", "/proc/self/cmdline"], "/proc/self/cmdline: is no plan"),
        (["bundle", "install", "x", "--into", "y", "--sha256", "z"], "give it 64 or 128 hexadecimal digits"),
        (
            ["bundle", "install", "x", "--into", "y", "--sha256", "z", "--no-verify"],
            "only one of --sha256, --checksum-url, --no-verify may be given"
        ), (["apply", "--config", "x", "--no-colour"], "there is no option --no-colour"),
        (["apply", "--config", "x", "--color", "red"], "give it auto, always or never"),
        (["status", "--follow", "--color", "red"], "give it auto, always or never"),
        (
            ["bundle", "install", "file:///x", "--into", "y", "--no-verify", "--color", "red"],
            "give it auto, always or never"
        ),
    ])
    func `a wrong command line ends with 2 and says what was meant`(arguments: [String], words: String) async throws {
        let result = try await Program.run(arguments)
        #expect(result.exitCode == 2)
        #expect(result.errors.contains(words), "\(result.errors)")
        #expect(result.output == "")
    }

    @Test func `a code is explained, and all are listed`() async throws {
        let one = try await Program.run("explain", "bad-digest")
        #expect(one.exitCode == 0 && one.output.contains("cause:") && one.output.contains("sha256sum"))
        let all = try await Program.run("explain")
        #expect(all.output.split(separator: "\n").count >= 28)
    }

    @Test(arguments: [0, 1, 2, 3, 4, 5, 6, 7, 130, 143])
    func `each way to end is explained by its number`(code: Int) async throws {
        let result = try await Program.run("explain", "\(code)")
        #expect(result.exitCode == 0 && result.output.hasPrefix("\(code)\n\ncause:  "), "\(result.output)")
        #expect(result.output.contains("\nremedy: "))
    }

    @Test func `the codes that check tells can be explained`() async throws {
        let config = #"{"bootstrap_user": 7, "a": 1, "a": 2, "arch": "mips", "node_version": "x"}"#
        let check = try await Program.run("check", "--json", "--config", "-", input: config)
        #expect(check.exitCode == 3)
        let codes = check.output.split(separator: "\n").compactMap { line in
            line.split(separator: "\"code\" : \"").dropFirst().first?.split(separator: "\"").first.map(String.init)
        }
        #expect(codes.count >= 4)
        for code in codes { #expect(try await Program.run("explain", code).exitCode == 0, "\(code)") }
    }

    @Test func `an option's value may begin with a combining mark`() async throws {
        let result = try await Program.run("check", "--config=\u{301}none.json")
        // The file is looked for, and is not there; it is no option that nobody knows.
        #expect(
            result.exitCode != 2 && result.errors.utf8.firstRange(of: "\u{301}none.json".utf8) != nil,
            "\(result.errors)")
    }
}
