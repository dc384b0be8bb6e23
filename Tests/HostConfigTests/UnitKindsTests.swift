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

    @Test func `a unit without a text is a package's, and either may have drop-ins, by names with or without suffix`()
        throws
    {
        let text = #"""
            "units": [{"unit": "fstrim.timer", "drop_ins": {"weekly.conf": "[Timer]\nOnCalendar=weekly\n", "b": "[Unit]\n"}},
            {"unit": "a.service", "content": "[Service]\nExecStart=/bin/true\n", "drop_ins": {"c": "[Service]\nNice=1\n"}},
            {"unit": "b.service", "masked": true}]
            """#
        let units = try ConfigFile.load(text).services
        #expect(units.map { $0.definition == .package } == [true, false, false])
        #expect(units[0].dropIns == ["weekly": "[Timer]\nOnCalendar=weekly\n", "b": "[Unit]\n"])
        #expect(units[1].dropIns.keys.sorted() == ["c"] && units[2].dropIns.isEmpty)
    }

    @Test(arguments: ["", ".conf", ".x", "-x", "a/b", "../x", "x y", "x\u{301}"])
    func `a drop-in has a plain name`(name: String) {
        let text = "\"units\": [{\"unit\": \"a.service\", \"drop_ins\": {\"\(name)\": \"[Unit]\"}}]"
        let complaints = ConfigFile.complaints(ConfigFile.text(text))
        #expect(complaints.count == 1 && complaints[0].contains("expected a drop-in's name"), "\(complaints)")
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
