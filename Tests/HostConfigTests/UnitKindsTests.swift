import HostConfig
import Testing

@Suite struct UnitKindsTests {
    @Test func `units are named by either name, newer first, and each once`() throws {
        let text = #"""
            "services": [{"unit": "a.service", "content": "[Service]\nExecStart=/bin/true\n"}],
            "units": [{"unit": "a.slice", "content": "[Slice]\nMemoryMax=1G\n"}, {"unit": "a.target", "content": "[Unit]\n"},
            {"unit": "srv-x.mount", "content": "[Mount]\nWhat=/dev/x\nWhere=/srv/x\n"}]
            """#
        #expect(try ConfigFile.load(text).services.map(\.unit) == ["a.slice", "a.target", "srv-x.mount", "a.service"])
        let twice =
            #""services": [{"unit": "a.slice", "content": "[Slice]"}], "units": [{"unit": "a.slice", "content": "[Slice]"}]"#
        #expect(ConfigFile.complaints(ConfigFile.text(twice)).map { $0.contains("stands there twice") } == [true])
    }

    @Test(arguments: [
        ("a.mount", "[Mount]\\nWhat=/dev/x\\nWhere=/srv/x\\n", "a mount there is called srv-x.mount, and not a.mount"),
        ("srv-x.mount", "[Mount]\\nWhere=/srv/x\\n", "What= is missing"),
        ("a.slice", "[Service]\\nExecStart=/bin/true\\n", "[Service] is no section of a .slice unit"),
        ("a.swap", "[Swap]\\nWhat=/x\\n", "expected a unit's name that ends in"),
    ])
    func `what systemd would refuse of a kind is told with its place`(unit: String, content: String, words: String) {
        let text = "\"units\": [{\"unit\": \"\(unit)\", \"content\": \"\(content)\"}]"
        let complaints = ConfigFile.complaints(ConfigFile.text(text))
        #expect(complaints.contains { $0.contains(words) }, "\(complaints)")
    }
}
