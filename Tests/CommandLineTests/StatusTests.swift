import Platform
import Testing

@Suite struct StatusTests {
    @Test func `what a server once sent does not move about on a terminal, and stays whole for programs`() async throws
    {
        let root = try Folders.makeTemporary(prefix: "/tmp/command-line-tests-")
        defer { try? Folders.removeTree(root) }
        try Folders.make("\(root)/bootstrap")
        let receipt = """
            {"schema_version": 2, "run_id": "r", "host_id": "h", "config_digest": "00", "agent_version": "1",
            "started_at": 1767225600000, "finished_at": 1767225601000, "status": "degraded",
            "parallel": true, "steps": {},
            "shortcomings": [{"what": "hub", "error": "it said \\u001b[2J\\u009b", "hint": "mend it"}]}
            """
        try Files.replace("\(root)/bootstrap/state.json", with: Array(receipt.utf8), mode: 0o600)
        let text = try await Program.run("status", "--root", root)
        #expect(text.output.contains("lacking   hub: it said \\u{1b}[2J\\u{9b}\n"), "\(text)")
        let json = try await Program.run("status", "--root", root, "--json")
        #expect(json.output.contains("it said \\u001b[2J\u{9b}"), "\(json)")
    }

    @Test(arguments: [(2, "by 2 processors  15.0 s"), (1, "by 1 processor   30.0 s"), (64, "by 64 processors 10.0 s")])
    func `timings tell the least that a run could have taken with the host's processors`(
        count: Int, words: String
    ) async throws {
        let root = try Folders.makeTemporary(prefix: "/tmp/command-line-tests-")
        defer { try? Folders.removeTree(root) }
        try Folders.make("\(root)/bootstrap")
        let receipt = """
            {"schema_version": 3, "run_id": "r", "host_id": "h", "config_digest": "00", "agent_version": "1",
            "started_at": 1767225600000, "finished_at": 1767225620000, "status": "done", "parallel": true,
            "processors": {"count": \(count), "used_ms": 30000, "waited_ms": 3200},
            "steps": {"layout": {"run_id": "r", "status": "changed", "needs": [], "started_at": 1767225600000,
            "duration_ms": 10000, "differences": [], "facts": {}}}}
            """
        try Files.replace("\(root)/bootstrap/state.json", with: Array(receipt.utf8), mode: 0o600)
        let text = try await Program.run("timings", "--root", root)
        #expect(text.output.contains("\n\(words)"), "\(text)")
        #expect(text.output.contains("\ncontention       3.2 s, "), "\(text)")
        let json = try await Program.run("timings", "--root", root, "--json")
        #expect(json.output.contains("\"used_ms\" : 30000"), "\(json)")
    }

    @Test func `without a root named, the only one that this user's host has is found, and only for what reads`()
        async throws
    {
        let home = try Folders.makeTemporary(prefix: "/tmp/command-line-tests-")
        defer { try? Folders.removeTree(home) }
        let receipt = """
            {"schema_version": 2, "run_id": "r", "host_id": "ID", "config_digest": "00", "agent_version": "1",
            "started_at": 1767225600000, "finished_at": 1767225601000, "status": "done", "parallel": true, "steps": {}}
            """
        let roots = "\(home)/.local/state/host-bootstrap/roots"
        try Folders.make(roots)
        func ran(in root: String) throws {
            try Folders.make("\(home)/\(root)/bootstrap")
            let text = receipt.replacing("ID", with: root)
            try Files.replace("\(home)/\(root)/bootstrap/state.json", with: Array(text.utf8), mode: 0o600)
            let known = "{\"root\": \"\(home)/\(root)\", \"bootstrap\": \"\(home)/\(root)/bootstrap\"}"
            try Files.replace("\(roots)/\(root).json", with: Array(known.utf8), mode: 0o644)
        }
        func run(_ command: String) async throws -> CommandResult {
            try await Program.run([command], environment: ["HOME": home])
        }
        #expect(try await run("status").errors.contains("or begin: host-bootstrap apply --config FILE"))
        try ran(in: "own")
        for bundle in ["there", "gone"] {
            try Folders.make("\(home)/own/bundles/\(bundle)/1.0.0")
            try Files.replaceLink("\(home)/own/bundles/\(bundle)/current", target: "1.0.0")
        }
        try Folders.removeTree("\(home)/own/bundles/gone/1.0.0")
        let status = try await run("status").output
        #expect(status.contains("host      own\n"))
        #expect(status.contains("bundle    there 1.0.0\n") && !status.contains("bundle    gone"), "\(status)")
        #expect(try await run("timings").exitCode == 0)
        let trace = try await Program.run(["timings", "--trace"], environment: ["HOME": home])
        #expect(trace.exitCode == 0 && trace.output.contains("\"traceEvents\""), "\(trace)")
        let uninstall = try await uninstall(home)
        #expect(uninstall.exitCode == 1 && uninstall.errors.contains("elsewhere: --root \(home)/own\n"), "\(uninstall)")
        try ran(in: "other")
        #expect(try await run("status").errors.contains("--root \(home)/other or --root \(home)/own\n"))
        try ran(in: "cocalc-host")
        #expect(try await run("status").output.contains("host      cocalc-host\n"))
    }

    /// Not as root, who may not.
    private func uninstall(_ home: String) async throws -> CommandResult {
        try Files.setMode(home, 0o755)
        let program = "\(Files.folder(of: try ProcessStart.executable()))/host-bootstrap"
        let dropping = Account.currentUser == 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : []
        return try await Subprocess.run(
            Command("/usr/bin/env", ["HOME=\(home)"] + dropping + [program, "uninstall", "--dry-run"]))
    }

    @Test func `a deep look tells each difference, changes nothing, and says when there is nothing to look by`()
        async throws
    {
        let root = try Folders.makeTemporary(prefix: "/tmp/command-line-tests-")
        defer { try? Folders.removeTree(root) }
        let none = try await Program.run("status", "--verify", "--root", root)
        #expect(none.exitCode == 1, "\(none)")
        #expect(none.errors.contains("\(root)/config/bootstrap.json: there is no config in force to look by\nhint: "))
        try Folders.make("\(root)/config")
        // The agent's own folder is where the config says.
        let config = """
            {"bootstrap_user": "nobody", "bootstrap_root": "\(root)", "bootstrap_dir": "\(root)/agent", "host_id": "h",
             "environment_file": "/etc/\(Files.name(of: root))/x.env"}
            """
        let path = "\(root)/config/bootstrap.json"
        try Files.replace(path, with: Array(config.utf8), mode: 0o600)
        let found = try await Program.run("status", "--verify", "--root", root)
        #expect(found.exitCode == 7, "\(found)")
        for line in [
            "state\n  + \(root)/agent/state.json: absent -> the receipt of the last run\n",
            "\n  + \(root)/bin: absent -> folder 0755\n", "environment-files\n  ~ \(path): owner 0 -> owner ",
            "finish\n  + \(root)/.bootstrap_done: absent -> ",
            "the host differs: 0 files by content, 0 from the cache\n",
        ] { #expect(found.output.contains(line), "\(line) in \(found)") }
        let json = try await Program.run("status", "--verify", "--root", root, "--json")
        #expect(json.exitCode == 7 && json.output.contains("\"matches\" : false"), "\(json)")
        #expect(try Folders.names(in: root) == ["config"])
        try Files.replace(path, with: Array(config.utf8.dropLast(9)), mode: 0o600)
        let damaged = try await Program.run("status", "--verify", "--root", root)
        #expect(damaged.exitCode == 1 && damaged.output.contains("the config in force is damaged"), "\(damaged)")
    }
}
