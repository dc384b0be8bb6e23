import Platform
import Testing

@testable import Projects

@Suite struct ProjectTests {
    /// Files with their texts, and what starts the program.
    @Test(arguments: [
        (
            ["package.json": #"{"scripts": {"start": "node a.js -x"}, "main": "b.js"}"#],
            StartCommand(.node, ["a.js", "-x"])
        ),
        (["package.json": #"{"main": "lib/b c.js"}"#, "lib/b c.js": ""], StartCommand(.node, ["lib/b c.js"])),
        (["package.json": #"{"main": "none.js"}"#, "server.js": ""], StartCommand(.node, ["server.js"])),
        (["package.json": "{}", "index.js": ""], StartCommand(.node, ["index.js"])),
        (
            [
                "pyproject.toml":
                    "[project]\nname = \"web\"\n[project.scripts]\nother = \"a:b\"\nweb = \"web.app:Main.run\"\n"
            ],
            StartCommand(.python, ["-c", "import sys; from web.app import Main; sys.exit(Main.run())"])
        ),
    ])
    func `what starts a project is what its own tools would start`(files: [String: String], start: StartCommand) throws
    {
        try with(files) { (folder) throws in #expect(try #require(try Project.of(folder)).start == .success(start)) }
    }

    /// Files with their texts, and words of why they start nothing.
    @Test(arguments: [
        (["package.json": "{}"], "does not say what starts"),
        (["package.json": #"{"main": "a\nExecStart=/bin/sh", "x": 1}"#, "a\nExecStart=/bin/sh": ""], "does not say"),
        (["package.json": #"{"scripts": {"start": "next start"}}"#], "runs next"),
        (["package.json": #"{"scripts": {"start": "npm run build && node a"}}"#], "only a shell"),
        (["package.json": #"{"scripts": {"start": 7}}"#], "should be a string"),
        (["pyproject.toml": "[project]\nname = \"web\"\n"], "does not say what starts"),
        (["pyproject.toml": "[project.scripts]\na = \"a:b\"\nb = \"a:b\"\n"], "several in [project.scripts]: a, b"),
        (["pyproject.toml": "[project.scripts]\na = \"a:b()\"\n"], "no module:function"),
        (["pyproject.toml": "[project.scripts]\na = \"a:1b\"\n"], "no module:function"),
        (["pyproject.toml": "[project.scripts]\na = \"a\"\n"], "no module:function"),
    ])
    func `what starts nothing that systemd could is told of`(files: [String: String], words: String) throws {
        try with(files) { folder in
            let start = try #require(try Project.of(folder)).start
            guard case .failure(let error) = start else { throw Unexpected(start: start) }
            #expect(error.explanation.summary.contains(words), "\(error.explanation)")
            #expect(error.explanation.hint.contains("--start") || words.contains("string"))
        }
    }

    @Test(
        arguments: [
            ([:], nil, nil), (["engines": #"{"node": ">=20"}"#], ">=20", nil),
            (["engines": #"{"node": "22.20.0"}"#], "22.20.0", "22.20.0"),
            ([".nvmrc": "v22.1.0\n", "engines": #"{"node": ">=20"}"#], "v22.1.0", "22.1.0"),
            ([".node-version": "22\r\n"], "22", "22"), (["engines": #"{"node": "20.x"}"#], "20.x", "20"),
            (["engines": #"{"node": "20.1"}"#], "20.1", nil), (["engines": #"{"node": "x"}"#], "x", nil),
        ] as [([String: String], String?, String?)])
    func `a version of Node that a config can name is told from a range`(
        says: [String: String], asked: String?, plain: String?
    ) throws {
        var files = says.filter { $0.key != "engines" }
        files["package.json"] = "{\"engines\": \(says["engines"] ?? "{}")}"
        try with(files) { folder in
            let project = try #require(try Project.of(folder))
            #expect(project.askedNode == asked && project.plainNode == plain)
        }
    }

    @Test func `dependencies that are not in the folder are told of`() throws {
        let files = ["package.json": #"{"dependencies": {"a": "1"}}"#]
        try with(files) { folder in
            #expect(try #require(try Project.of(folder)).remarks.first?.contains("npm ci") == true)
            try Folders.make("\(folder)/node_modules")
            #expect(try #require(try Project.of(folder)).remarks.isEmpty)
        }
        try with(["pyproject.toml": "[project]\ndependencies = [\"a\"]\n"]) { (folder) throws in
            #expect(try #require(try Project.of(folder)).remarks.first?.contains("pip install --target") == true)
        }
    }

    private struct Unexpected: Error { let start: Result<StartCommand, ProjectError> }

    private func with(_ files: [String: String], _ body: (String) throws -> Void) throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/project-tests-")
        defer { try? Folders.removeTree(folder) }
        for (name, text) in files {
            let path = "\(folder)/\(name)"
            try Folders.make(Files.folder(of: path))
            try Files.replace(path, with: Array(text.utf8), mode: 0o644)
        }
        try body(folder)
    }
}
