import Testing

@testable import Projects

@Suite struct TOMLReaderTests {
    @Test func `texts are found by their whole path, whatever stands between`() throws {
        let values = try TOMLReader.values(
            in: #"""
                # A comment; name = "no"
                title = "top" # and one behind
                long = """
                [project]
                name = "not this" \
                """
                raw = '''it's = 'x'''
                [project]
                name = "a\u00e9\tb"   
                "quoted key" = 'no \n escape'
                list = [ "x", [1, 2], # in it
                  {name = "no"}, ]
                inline = {version = "2", deep.er = "3"}
                when = 1979-05-27T07:32:00Z
                [project.urls]
                home = "h"
                [[mirror]]
                url = "1"
                [[mirror]]
                url = "2"
                """#)
        #expect(values[["title"]] == "top")
        #expect(values[["project", "name"]] == "aé\tb")
        #expect(values[["project", "quoted key"]] == #"no \n escape"#)
        #expect(values[["project", "inline", "version"]] == "2")
        #expect(values[["project", "inline", "deep", "er"]] == "3")
        #expect(values[["project", "urls", "home"]] == "h")
        #expect(values[["project", "list"]] == .some(nil) && values[["project", "when"]] == .some(nil))
        #expect(values[["long"]] == .some(nil) && values[["raw"]] == .some(nil))
    }

    @Test(arguments: [
        ("a", 1, "no \"=\""), ("a = ", 1, "a value is expected"), ("\n\na = \"x", 3, "does not end"),
        ("a = \"\"\"x", 1, "does not end"), ("a = \"\\q\"", 1, "an escape that TOML does not have"),
        ("a = \"\\ud800\"", 1, "no character"), ("a = [1 2", 1, "neither comma nor"), ("[a", 1, "no closing bracket"),
        ("a = \"x\"\na = \"y\"", 2, "stands there twice"), ("a = \"x\" b", 1, "something stands behind it"),
        ("a = {b = 1", 1, "does not end"), ("a = \"\\", 1, "does not end"), ("a = \"\"\"\\", 1, "does not end"),
        ("a = \"\u{1}\"", 1, "a control character"), ("= 1", 1, "a key is expected"),
        ("a = " + String(repeating: "[", count: 100_000), 1, "nested too deeply"),
    ])
    func `what is no TOML is told of with its line`(text: String, line: Int, words: String) throws {
        let error = try #require(throws: TOMLError.self) { try TOMLReader.values(in: text) }
        #expect(error.line == line && error.words.contains(words), "\(error)")
    }
}
