import Testing

@testable import Hub

@Suite struct JSONWritingTests {
    static let texts = [
        "", "plain", "\"quoted\" \\ / </script>", (0..<0x20).map { String(UnicodeScalar($0)) }.joined(), "\u{7f}",
        "ä 😀 \u{2028} \u{fffd} e\u{301}",
    ]

    @Test(arguments: texts)
    func `any text comes back as it was, and no control byte gets out`(text: String) {
        let value = JSONValue.object([text: .array([.string(text)])])
        #expect(!value.encoded().contains { $0 < 0x20 })
        #expect(JSONValue(value.encoded()) == value)
    }

    @Test(
        arguments: [
            .integer(.max), .integer(.min), .integer(0), .number(0.1), .number(-1e300), .number(2.3e-308),
            .number(1e22), .null,
            .bool(true), .bool(false), .array([]), .object([:]), .array([.array([.object(["a": .null])])]),
        ] as [JSONValue])
    func `any value comes back as it was`(value: JSONValue) throws {
        #expect(JSONValue(value.encoded()) == value)
    }

    @Test func `what JSON cannot hold becomes null, and keys are in order`() {
        let value = JSONValue.object(["b": .number(.infinity), "a": .number(.nan), "c": .bool(true)])
        #expect(String(decoding: value.encoded(), as: UTF8.self) == #"{"a":null,"b":null,"c":true}"#)
    }
}
