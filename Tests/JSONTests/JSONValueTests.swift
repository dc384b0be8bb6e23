import Testing

@testable import JSON

@Suite struct JSONValueTests {
    static let texts = [
        "", "plain", "\"quoted\" \\ / </script>", (0..<0x20).map { String(UnicodeScalar($0)) }.joined(), "\u{7f}",
        "ä 😀 \u{2028} \u{fffd} e\u{301}", "\\", "\"", "a\n", "\u{0}b",
    ]

    @Test(arguments: texts)
    func `any text comes back as it was, and no control byte gets out`(text: String) throws {
        let bytes = JSONValue.object([text: .array([.string(text)])]).encoded()
        #expect(!bytes.contains { $0 < 0x20 })
        guard case .object(let members) = try JSONNode(bytes).kind, case .array(let values)? = members.first?.value.kind
        else {
            Issue.record("\(String(decoding: bytes, as: UTF8.self))")
            return
        }
        #expect(members.map { Array($0.name.utf8) } == [Array(text.utf8)])
        #expect(values.map { Array(($0.text ?? "?").utf8) } == [Array(text.utf8)])
    }

    @Test(
        arguments: [
            (.integer(.max), .number("9223372036854775807")), (.integer(.min), .number("-9223372036854775808")),
            (.number(0.1), .number("0.1")), (.number(-1e300), .number("-1e+300")), (.number(1e22), .number("1e+22")),
            (.null, .null), (.bool(true), .boolean(true)), (.bool(false), .boolean(false)), (.array([]), .array([])),
            (.object([:]), .object([])), (.json(Array(#""a""#.utf8)), .string("a")), (.optional(nil), .null),
            (.optional("x"), .string("x")),
        ] as [(JSONValue, JSONNode.Kind)])
    func `any value is written as JSON has it`(value: JSONValue, kind: JSONNode.Kind) throws {
        #expect(try JSONNode(value.encoded()).kind == kind)
    }

    @Test func `what JSON cannot hold becomes null, and names are in order`() {
        let value = JSONValue.object(["b": .number(.infinity), "a": .number(.nan), "c": .bool(true)])
        #expect(String(decoding: value.encoded(), as: UTF8.self) == #"{"a":null,"b":null,"c":true}"#)
    }
}
