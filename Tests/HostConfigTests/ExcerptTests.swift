import Testing

@testable import HostConfig

@Suite struct ExcerptTests {
    @Test func `the place is shown with a caret, and of strings only names`() throws {
        let text = "{\"host_id\": \"h\",\n\t\"hub\": {\"url\": \"https://h/?t=CANARY\", \"token\": 7}}"
        let found = ConfigFile.diagnostics(Array(text.utf8)).first { $0.path == "hub.token" }
        let lines = try #require(found?.excerpt(of: Array(text.utf8))).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines[0].contains("\"hub\": {\"url\": \"•••") && lines[0].contains("\"token\": 7"))
        #expect(!lines[0].contains("CANARY"))
        let place = lines[1].count - 1
        #expect(Array(lines[0])[place] == "7")
    }

    @Test(arguments: ["“CANARY”", "'CANARY'", "‘CANARY’", "„CANARY“", "“CANARY\"", "«CANARY»", "“CANARY"])
    func `what stands in quotes of another kind is hidden, too`(value: String) throws {
        let text = Array("{\"host_id\": 7, \"token\": \(value)}".utf8)
        let excerpts = ConfigFile.diagnostics(text).compactMap { $0.excerpt(of: text) }
        #expect(!excerpts.isEmpty)
        #expect(!excerpts.contains { $0.contains("CANARY") })
    }

    @Test(arguments: [
        "", "{", "\"\\", "\u{1b}[31m{\"a\": \"x\u{7}\"}", String(repeating: "x", count: 100_000), "\"é\": \"日本\" 1",
    ])
    func `no line is too strange or too long`(text: String) {
        for diagnostic in ConfigFile.diagnostics(Array(text.utf8)) {
            guard let excerpt = diagnostic.excerpt(of: Array(text.utf8)) else { continue }
            #expect(excerpt.count < 300)
            #expect(!excerpt.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
        }
    }
}
