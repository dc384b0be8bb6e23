import FoundationEssentials
import Platform
import Testing

@testable import JSON

@Suite struct JSONDecodingTests {
    struct Inner: Codable, Equatable {
        var name: String
        var numbers: [Int64]
        var byName: [String: UInt8]
    }

    enum Choice: Codable, Equatable {
        case none
        case one(Int)
        case two(name: String, inner: Inner?)
    }

    enum Word: String, Codable { case up, down }

    struct Outer: Codable, Equatable {
        var inner: Inner
        var choices: [Choice]
        var word: Word?
        var flag: Bool
        var fraction: Double
        var deep: [[Int]]
        var absent: String?

        static let example = Outer(
            inner: Inner(
                name: "é\n\"", numbers: [.min, 0, .max],
                byName: Dictionary(uniqueKeysWithValues: (0..<200).map { ("k\($0)", UInt8($0)) })),
            choices: [
                .none, .one(7), .two(name: "x", inner: nil),
                .two(name: "", inner: Inner(name: "", numbers: [], byName: [:])),
            ],
            word: .up, flag: true, fraction: 0.1, deep: [[], [1, 2]], absent: nil)
    }

    @Test func `what the library writes of any of our types comes back as it was`() throws {
        let bytes = Array(try JSONEncoder().encode(Outer.example))
        #expect(try Outer(json: bytes) == Outer.example)
    }

    @Test(
        arguments: [
            ("", "", 1, 1, nil), (#"{"name": "a", "numbers": [1,], "byName": {}}"#, "", 1, 28, nil),
            ("{\"name\": \"a\",\n\"numbers\": [1, \"2\"], \"byName\": {}}", "numbers[1]", 2, 16, .wrongType),
            ("{\"name\": \"a\",\n\"numbers\": [1, 2.5], \"byName\": {}}", "numbers[1]", 2, 16, .wrongType),
            (#"{"name": null, "numbers": [], "byName": {}}"#, "name", 1, 10, .wrongType),
            (#"{"name": "", "numbers": [], "byName": {"a": 256}}"#, "byName.a", 1, 45, .wrongType),
            (#" {"name": "", "byName": {}}"#, "numbers", 1, 2, .missing), ("[]", "", 1, 1, .wrongType),
        ] as [(String, String, Int, Int, JSONMismatch?)])
    func `what cannot be read is told with path and place`(
        text: String, path: String, line: Int, column: Int, mismatch: JSONMismatch?
    ) {
        let error = #expect(throws: JSONError.self) { try Inner(json: Array(text.utf8)) }
        let place = JSONPosition(line: line, column: column)
        switch error {
        case .malformed(_, let found): #expect(mismatch == nil && found == place)
        default: #expect(error == mismatch.map { .value($0, path: path, place) })
        }
    }

    @Test func `a word that is none of its type's is not valid`() {
        #expect(throws: JSONError.value(.invalid, path: "[1]", JSONPosition(line: 1, column: 8))) {
            try [Word](json: Array(#"["up", "left"]"#.utf8))
        }
    }

    @Test(arguments: [
        ("1", 1), ("-0", 0), ("1.0", 1), ("1e2", 100), ("120e-1", 12), ("9223372036854775807", Int.max),
    ])
    func `a whole number is whole in any spelling`(digits: String, number: Int) throws {
        #expect(JSONNumber.whole(digits) == number)
        #expect(try [Int](json: Array("[\(digits)]".utf8)) == [number])
    }

    @Test(arguments: ["1.5", "1e400", "-1e400", "9223372036854775808", "1e16", "0.1e0"])
    func `what is not whole or too large for that is none`(digits: String) {
        #expect(JSONNumber.whole(digits, as: Int.self) == nil)
        #expect(throws: JSONError.self) { try [Int](json: Array("[\(digits)]".utf8)) }
    }

    @Test func `what no Double can hold is none`() throws {
        #expect(throws: JSONError.self) { try [Double](json: Array("[1e400]".utf8)) }
        #expect(try [Double](json: Array("[1e-400, 1.5e3]".utf8)) == [0, 1500])
    }

    @Test(
        arguments: [
            .malformed(.comment, JSONPosition(line: 1, column: 2)), .value(.missing, path: "a[0].b", nil),
            .value(.unknown, path: "", JSONPosition(line: 3, column: 4)), .unreadable(.init("open", "/x", code: 2)),
        ] as [JSONError])
    func `each error tells what is wrong and what to do`(error: JSONError) {
        #expect(!error.explanation.problem.isEmpty && !error.explanation.hint.isEmpty)
    }
}
