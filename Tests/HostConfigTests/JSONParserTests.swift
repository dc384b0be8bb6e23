import Testing

@testable import HostConfig

/// Cases after the manner of JSONTestSuite: what RFC 8259 accepts, what it rejects, and what is ours to decide.
@Suite struct JSONParserTests {
    @Test(arguments: [
        "[]", "{}", "[[]]", #"{"":0}"#, "[-0]", "[0e+1]", "[0E-1]", "[1.5e300]", "[123456789012345678901234567890]",
        "[1e400]", #"["\u0000"]"#, #"["\uD834\udd1e"]"#, #"["\"\\\/\b\f\n\r\t"]"#, "[\"\u{7f}\"]", "[\"\u{2028}\"]",
        "[\"\u{10ffff}\"]", "\t[\r\n ]\n", "null", "true", #""""#, "-1", #"{"a":{"b":[1,{"c":null}]}}"#,
    ])
    func `what the standard allows is read`(text: String) {
        #expect(read(text).codes.isEmpty)
    }

    @Test(arguments: [
        "", " ", "[", "]", "{", "}", "[1", "[1,", "[,1]", "[1,,2]", "[1,]", "[1 2]", "[1;2]", "{1:2}", #"{"a"}"#,
        #"{"a":}"#, #"{"a":1,}"#, #"{"a" 1}"#, #"{"a"=1}"#, #"{"a":1 "b":2}"#, "{a:1}", "{'a':1}", "['a']", "[a]",
        "[True]", "[nul]", "[NaN]", "[Infinity]", "[-Infinity]", "[+1]", "[01]", "[-01]", "[1.]", "[.5]", "[-]",
        "[0x10]", "[1e]", "[1e+]", "[1.e1]", "[1_000]", "[--1]", #"["a]"#, #"["\x41"]"#, #"["\u12"]"#, #"["\u12G4"]"#,
        #"["\"#, #"["\u"#, #"["\ud834"]"#, #"["\udd1e"]"#, #"["\ud834\u0041"]"#, "[\"a\nb\"]", "[\"a\tb\"]",
        "[\"\u{0}\"]", "[\u{0}]", "\u{0}", "[1]x", "[1][2]", "{}}", "[1}", "{\"a\":1]", "// c\n[]", "/* c */[]",
        "[] # c", "[/]", "\u{feff}[]", "[\u{a0}1]", "[“a”]", "*",
    ])
    func `what the standard forbids is reported as syntax`(text: String) {
        let codes = read(text).codes
        #expect(!codes.isEmpty && codes.allSatisfy { $0 == .syntax })
    }

    @Test(arguments: [
        [0x22, 0xff, 0x22], [0x22, 0xc0, 0x80, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22],
        [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22],
        [0x22, 0xe2, 0x82, 0x22], [0x22, 0x80, 0x22],
    ])
    func `bytes that are no UTF-8 are reported`(bytes: [UInt8]) {
        #expect(read(bytes).codes == [.encoding])
    }

    @Test(arguments: [[0xff, 0xfe, 0x7b, 0], [0xfe, 0xff, 0, 0x7b]])
    func `UTF-16 is called by its name`(bytes: [UInt8]) {
        #expect(read(bytes).messages == ["the file is UTF-16; save it as UTF-8"])
    }

    @Test(arguments: [
        (#""\u0041\n\u00e9\ud834\udd1e""#, "A\né\u{1d11e}"), (#""\/\\\"""#, "/\\\""), ("\"é\"", "é"),
    ])
    func `escapes mean what they should`(text: String, meaning: String) {
        guard case .string(let read) = read(text).value.kind else {
            Issue.record("no string")
            return
        }
        #expect(Array(read.utf8) == Array(meaning.utf8))
    }

    @Test func `several mistakes are reported in one pass`() {
        let messages = read("{\n  a: 1\n  \"b\": 01,\n  \"c\": [1, 2,],\n  \"d\": 'x',\n  \"e\": True,\n}").messages
        #expect(
            messages == [
                "expected a field name in double quotes", "expected \",\" or \"}\", found \"\"\"",
                "this is not a number as JSON writes it", "a comma stands before the closing \"]\"",
                "strings need double quotes", "expected true, which is written in lower case",
                "a comma stands before the closing \"}\"",
            ])
    }

    @Test(arguments: [
        ("1", 1), ("-0", 0), ("1.0", 1), ("1e2", 100), ("120e-1", 12), ("9223372036854775807", Int.max),
    ])
    func `a whole number is whole in any spelling`(digits: String, number: Int) {
        #expect(Field.whole(digits) == number)
    }

    @Test(arguments: ["1.5", "1e400", "-1e400", "9223372036854775808", "1e16", "0.1e0"])
    func `what is not whole or too large for that is none`(digits: String) {
        #expect(Field.whole(digits) == nil)
    }

    @Test func `nesting up to the limit is read and one more is not`() {
        let limit = JSONParser.depthLimit
        #expect(read(String(repeating: "[", count: limit) + String(repeating: "]", count: limit)).codes.isEmpty)
        let deeper = String(repeating: "[", count: limit + 1) + String(repeating: "]", count: limit + 1)
        #expect(read(deeper).codes == [.tooDeep])
    }

    @Test func `positions count lines from 1 and columns in Unicode scalars`() {
        let text = SourceText(Array("ab\né𝄞x\n".utf8), file: "f")
        let places = [0, 2, 3, 5, 9, 10, 11].map { text.position(of: $0) }
        #expect(places.map(\.line) == [1, 1, 2, 2, 2, 2, 3])
        #expect(places.map(\.column) == [1, 3, 1, 2, 3, 4, 1])
    }

    private func read(_ text: String) -> (value: JSONValue, codes: [Diagnostic.Code], messages: [String]) {
        read(Array(text.utf8))
    }

    private func read(_ bytes: [UInt8]) -> (value: JSONValue, codes: [Diagnostic.Code], messages: [String]) {
        let findings = Findings(SourceText(bytes, file: "f"))
        var parser = JSONParser(bytes, findings: findings)
        let value = parser.parseDocument()
        return (value, findings.diagnostics.map(\.code), findings.diagnostics.map(\.message))
    }
}
