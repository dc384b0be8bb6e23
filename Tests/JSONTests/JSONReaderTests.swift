import Platform
import Testing

@testable import JSON

@Suite struct JSONReaderTests {
    @Test(arguments: JSONCase.all)
    func `a text is read when it is JSON and refused when it is not, in memory and through any window`(text: JSONCase)
        throws
    {
        #expect(isRead(JSONReader(text.bytes)) { (reader) throws(JSONError) in _ = try reader.node() } == text.isGood)
        #expect(isRead(JSONReader(text.bytes)) { (reader) throws(JSONError) in try reader.skip() } == text.isGood)
        try withFile(text.bytes) { path in
            for window in [1, 2, 3, 7, 1 << 16] {
                let reader = try JSONReader.file(path, window: window)
                #expect(isRead(reader) { (reader) throws(JSONError) in try reader.skip() } == text.isGood, "\(window)")
            }
        }
    }

    private func isRead(_ reader: consuming JSONReader, _ body: (inout JSONReader) throws(JSONError) -> Void) -> Bool {
        do throws(JSONError) {
            try body(&reader)
            try reader.finish()
            return true
        } catch {
            #expect(!error.explanation.problem.isEmpty)
            return false
        }
    }

    @Test(arguments: JSONCase.good)
    func `what is copied says the same in one line`(text: JSONCase) throws {
        var reader = JSONReader(text.bytes)
        var copy: [UInt8] = []
        try reader.copy(to: &copy)
        #expect(!copy.contains(0x0a))
        #expect(Plain(try JSONNode(copy)) == Plain(try JSONNode(text.bytes)))
    }

    @Test func `what is copied is as it was written, but for white space between the parts`() throws {
        let text = #" { "a b" : [ 1.50 , "\u0041 \/" , true ] , "\u0062" : { } , "c" : [ ] } "#
        try withFile(Array(text.utf8)) { path in
            for window in [1, 5, 100] {
                var reader = try JSONReader.file(path, window: window)
                var copy: [UInt8] = []
                try reader.copy(to: &copy)
                try reader.finish()
                #expect(
                    String(decoding: copy, as: UTF8.self) == #"{"a b":[1.50,"\u0041 \/",true],"\u0062":{},"c":[]}"#)
            }
        }
    }

    @Test func `values are read one after the other, and those of no interest passed over`() throws {
        var reader = JSONReader(
            Array(#"{"n": [1, -2, 3.0, 1e2], "skipped": {"a": [{}]}, "t": "\u00e9", "z": null, "y": 7}"#.utf8))
        var numbers: [Int64] = [], text = "", isNull: [Bool] = []
        try reader.beginObject()
        while let name = try reader.nextName() {
            switch name {
            case "n":
                try reader.beginArray()
                while try reader.nextElement() { numbers.append(try reader.integer()) }
            case "t": text = try reader.string()
            case "z": isNull.append(try reader.takeNull())
            case "y":
                isNull.append(try reader.takeNull())
                numbers.append(try reader.integer())
            default: try reader.skip()
            }
        }
        try reader.finish()
        #expect(numbers == [1, -2, 3, 100, 7] && text == "é" && isNull == [true, false])
    }

    @Test(arguments: [
        (#"{"a": [0, {"b": "x"}]}"#, "a[1].b", 17), (#"{"a": [0, {"b": 1.5}]}"#, "a[1].b", 17),
        (#"{"a": [0, {"b": 9223372036854775808}]}"#, "a[1].b", 17), (#"{"a": [0, {"b": null}]}"#, "a[1].b", 17),
        (#"{"a": [0, 7]}"#, "a[1]", 11), (#"{"a": {}}"#, "a", 7), (#"[]"#, "", 1),
    ])
    func `a value of another kind is named with its path and place`(text: String, path: String, column: Int) {
        let error = #expect(throws: JSONError.self) {
            var reader = JSONReader(Array(text.utf8))
            try reader.beginObject()
            _ = try reader.nextName()
            try reader.beginArray()
            while try reader.nextElement() {
                if try reader.offset < 10 && reader.integer() == 0 { continue }
                try reader.beginObject()
                _ = try reader.nextName()
                _ = try reader.integer()
            }
        }
        #expect(error == .value(.wrongType, path: path, JSONPosition(line: 1, column: column)))
    }

    @Test func `what is no JSON is said where another kind of value is found`() {
        let error = #expect(throws: JSONError.self) {
            var reader = JSONReader(Array("\n  [1,]".utf8))
            _ = try reader.string()
        }
        #expect(error == .malformed(.commaBefore("]"), JSONPosition(line: 2, column: 5)))
    }

    @Test(arguments: [1, 4, 1 << 16])
    func `a place is told in a file of which only a part is held`(window: Int) throws {
        let lines = (0..<5000).map { "\"é𝄞\($0)\"" }.joined(separator: ",\n")
        try withFile(Array("[\(lines),\n\"é\", x]".utf8)) { path in
            var reader = try JSONReader.file(path, window: window)
            let error = #expect(throws: JSONError.self) { try reader.skip() }
            #expect(error == .malformed(.bareString, JSONPosition(line: 5001, column: 6)))
        }
    }

    @Test func `more than is allowed is refused, in a file and in memory`() throws {
        let text = Array("[\(String(repeating: " ", count: 500)), 1]".utf8)
        let long = Array("[\"\(String(repeating: "x", count: 500))\"]".utf8)
        for bytes in [text, long] {
            try withFile(bytes) { path in
                for allowed in [0, 1, 100, 499] {
                    var inMemory = JSONReader(bytes)
                    var inFile = try JSONReader.file(path, window: 64)
                    inMemory.allow(allowed)
                    inFile.allow(allowed)
                    for error in [
                        #expect(throws: JSONError.self, performing: { try inMemory.skip() }),
                        #expect(throws: JSONError.self, performing: { try inFile.skip() }),
                    ] {
                        #expect(error == .malformed(.tooLong, JSONPosition(line: 1, column: allowed + 1)))
                    }
                }
            }
        }
    }

    @Test func `as many bytes as are allowed are read, and from there on more may be allowed`() throws {
        var reader = JSONReader(Array("[1,2]".utf8))
        reader.allow(5)
        try reader.skip()
        var other = JSONReader(Array("[1,2]".utf8))
        other.allow(3)
        try other.beginArray()
        _ = try other.nextElement()
        #expect(try other.integer() == 1)
        other.allow(3)
        _ = try other.nextElement()
        #expect(try other.integer() == 2)
        #expect(try !other.nextElement())
    }

    @Test func `an array's elements are told as they are written`() throws {
        let elements = try JSONReader.elements(of: Array(#" [ 1.0 ,"a,]", [ ] ,{"b" : 2}]"#.utf8))
        #expect(elements.map { String(decoding: $0, as: UTF8.self) } == ["1.0", #""a,]""#, "[ ]", #"{"b" : 2}"#])
    }
}

/// Calls `body` with the path of a file that holds these bytes.
func withFile(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
    let path = "/tmp/json-tests-\(UInt64.random(in: 0 ... .max))"
    defer { try? Files.remove(path) }
    try Files.replace(path, with: bytes, mode: 0o600)
    try body(path)
}

/// A node without the offsets.
enum Plain: Equatable {
    case scalar(JSONNode.Kind)
    case array([Plain])
    case object([String], [Plain])

    init(_ node: JSONNode) {
        switch node.kind {
        case .array(let values): self = .array(values.map { Plain($0) })
        case .object(let members): self = .object(members.map(\.name), members.map { Plain($0.value) })
        default: self = .scalar(node.kind)
        }
    }
}
