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
}
