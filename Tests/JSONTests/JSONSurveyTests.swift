import Testing

@testable import JSON

/// Reading that goes on after mistakes.
@Suite struct JSONSurveyTests {
    @Test(arguments: JSONCase.all)
    func `a mistake is told where strict reading finds one, and nowhere else`(text: JSONCase) {
        let (node, mistakes, _) = JSONNode.survey(text.bytes)
        let strict = Result { () throws(JSONError) in try JSONNode(text.bytes) }
        if case .failure(.malformed(.duplicateName, _)) = strict {
            #expect(mistakes.isEmpty)
        } else {
            #expect(mistakes.isEmpty == text.isGood)
        }
        if case .failure(.malformed(let problem, _)) = strict, let first = mistakes.first {
            #expect(first.problem == problem)
        }
        if case .success(let read) = strict { #expect(read == node) }
    }

    @Test(arguments: [
        (#""\u0041\n\u00e9\ud834\udd1e""#, "A\né\u{1d11e}"), (#""\/\\\"""#, "/\\\""), ("\"é\"", "é"),
        (#""é\tü\u0000""#, "é\tü\u{0}"),
    ])
    func `escapes mean what they should`(text: String, meaning: String) throws {
        let read = try #require(JSONNode.survey(Array(text.utf8)).node.text)
        #expect(Array(read.utf8) == Array(meaning.utf8))
    }

    @Test func `several mistakes are told in one pass`() {
        let text = "{\n  a: 1\n  \"b\": 01,\n  \"c\": [1, 2,],\n  \"d\": 'x',\n  \"e\": True,\n}"
        #expect(
            words(text) == [
                "expected a field name in double quotes", "expected \",\" or \"}\", found \"\"\"",
                "this is not a number as JSON writes it", "a comma stands before the closing \"]\"",
                "strings need double quotes", "expected true, which is written in lower case",
                "a comma stands before the closing \"}\"",
            ])
    }

    @Test func `a bracket that is never closed is told with the line where it was opened`() {
        #expect(
            words("{\n\"a\": [\n1") == [
                "expected \"]\" to close what was opened on line 2, found the end of the file"
            ])
    }

    @Test(arguments: [
        ("{\"a\": “b”}", "unexpected “ (U+201C LEFT DOUBLE QUOTATION MARK); use a plain \"", 6),
        ("{“a\": 1}", "unexpected “ (U+201C LEFT DOUBLE QUOTATION MARK); use a plain \"", 1),
        ("[‘a’]", "unexpected ‘ (U+2018 LEFT SINGLE QUOTATION MARK); use a plain \"", 1),
        ("[„a“]", "unexpected „ (U+201E DOUBLE LOW-9 QUOTATION MARK); use a plain \"", 1),
        ("[\u{a0}1]", "unexpected U+00A0 NO-BREAK SPACE; use a plain space", 1),
        ("[1,\u{200b}2]", "unexpected U+200B ZERO WIDTH SPACE; delete it", 3),
        ("[1]\u{feff}", "unexpected U+FEFF ZERO WIDTH NO-BREAK SPACE; delete it", 3),
        ("[1\u{202e}]", "unexpected U+202E RIGHT-TO-LEFT OVERRIDE; delete it", 2),
        ("[–1]", "unexpected – (U+2013 EN DASH); use a plain -", 1),
        ("[−1]", "unexpected − (U+2212 MINUS SIGN); use a plain -", 1),
        ("[1，2]", "unexpected ， (U+FF0C FULLWIDTH COMMA); use a plain ,", 2),
        ("{\"a\"：1}", "unexpected ： (U+FF1A FULLWIDTH COLON); use a plain :", 4),
        ("[1］", "unexpected ］ (U+FF3D FULLWIDTH RIGHT SQUARE BRACKET); use a plain ]", 2),
        ("[é]", "expected a value, found é (U+00E9 LATIN SMALL LETTER E WITH ACUTE)", 1),
        ("[\u{301}]", "expected a value, found U+0301 COMBINING ACUTE ACCENT", 1),
        ("[\u{e000}]", "expected a value, found U+E000", 1),
        ("[😀]", "expected a value, found 😀 (U+1F600 GRINNING FACE)", 1),
        ("[\u{1b}]", "expected a value, found \"\\u001b\"", 1), ("[1 \"]", "expected \",\" or \"]\", found \"\"\"", 3),
    ])
    func `a character that may not stand there is named and shown`(text: String, message: String, offset: Int) {
        let first = JSONNode.survey(Array(text.utf8)).mistakes.first
        #expect(first?.problem.words == message)
        #expect(first?.offset == offset)
    }

    @Test func `a byte that is no character is told as what it is`() {
        #expect(
            JSONNode.survey([0x5b, 0xff, 0x5d]).mistakes.map(\.problem.words) == [
                "expected a value, found the byte 0xff, which is no UTF-8"
            ])
    }

    @Test func `what a word processor made of quotes and spaces does not hide the rest`() throws {
        let text = "{\u{a0}“a”： [–1， ‘b”, \"it’s “so”\", 01]，“c”: {} ｝"
        let (node, mistakes, isWhole) = JSONNode.survey(Array(text.utf8))
        #expect(isWhole)
        #expect(mistakes.count == 13)
        #expect(mistakes.contains { $0.problem == .notANumber })
        guard case .array(let values)? = node["a"]?.kind else {
            Issue.record("\(node)")
            return
        }
        #expect(values.map(\.kind) == [.number("-1"), .string("b"), .string("it’s “so”"), .invalid])
        #expect(node["c"]?.kind == .object([]))
    }

    @Test func `names that stand twice are left to who reads the members`() {
        #expect(JSONNode.survey(Array(#"{"a": 1, "a": 2}"#.utf8)).mistakes.isEmpty)
    }

    @Test func `a hundred thousand mistakes cost no more than a thousand`() {
        let text = String(repeating: "01,", count: 100_000)
        #expect(JSONNode.survey(Array("[\(text)0]".utf8)).mistakes.count == 1000)
    }

    private func words(_ text: String) -> [String] {
        JSONNode.survey(Array(text.utf8)).mistakes.map(\.problem.words)
    }
}
