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
            "state: \(root)/agent/state.json: absent -> the receipt of the last run\n",
            "layout: \(root)/bin: absent -> folder 0755\n", "environment-files: \(path): owner 0 -> owner ",
            "finish: \(root)/.bootstrap_done: absent -> ",
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
