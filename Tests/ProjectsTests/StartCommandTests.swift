import Testing

@testable import Projects

@Suite struct StartCommandTests {
    @Test(arguments: [
        ("node server.js", StartCommand(.node, ["server.js"])),
        ("  nodejs\tsrc/a.js  --port 80 ", StartCommand(.node, ["src/a.js", "--port", "80"])),
        ("python3 -m web", StartCommand(.python, ["-m", "web"])),
        ("./bin/web -a b=c", StartCommand(.own("bin/web"), ["-a", "b=c"])),
        ("bin/web", StartCommand(.own("bin/web"), [])),
        ("/usr/bin/env x", StartCommand(.host("/usr/bin/env"), ["x"])),
        ("caddy run", StartCommand(.host("caddy"), ["run"])),
        (
            "A=1 B=x=y node a",
            StartCommand(.node, ["a"], variables: [.init(name: "A", value: "1"), .init(name: "B", value: "x=y")])
        ),
    ])
    func `a line is read as words`(line: String, command: StartCommand) throws {
        #expect(try StartCommand(line, from: "--start") == command)
    }

    @Test(arguments: [
        "", "   ", "A=1", "a && b", "a; b", "node $PORT", "node `id`", "node 'a b'", "node \"a\"", "a | b", "a > b",
        "node *.js",
        "node a\nExecStart=/bin/sh", "node \u{1b}[2J", "-x", "@x", "+x", "!x", "!!x", ":x", "../x", "./../x", "a//b",
        "bin/./x", "é",
        "node a #b", "~/x",
    ])
    func `what only a shell understands, leads out of the folder or means something to systemd is refused`(line: String)
    {
        #expect(throws: ProjectError.self) { try StartCommand(line, from: "--start") }
    }
}
