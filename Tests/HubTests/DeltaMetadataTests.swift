import JSON
import Platform
import Testing

@testable import Hub

@Suite struct DeltaMetadataTests {
    @Test func `hashes belong to the bytes of a path, and operations come in their order`() throws {
        try withText(
            "{\"version\": {\"of\": [1]}, \"file_hashes\": {\"\u{e9}\": \"sha1:1\", \"e\u{301}\": \"sha1:2\"}}"
        ) { path in
            let hashes = try DeltaMetadata.hashes(path)
            #expect(hashes[ByteKey("\u{e9}")] == "sha1:1" && hashes[ByteKey("e\u{301}")] == "sha1:2")
        }
        let operations = (0..<20_000).map { "{\"operation\": \"created\", \"path\": \"\($0)\", \"more\": null}" }
        try withText("{\"operations\": [\(operations.joined(separator: ",\n"))], \"bundle_id\": \"b\"}") { path in
            let read = try DeltaMetadata.operations(path)
            #expect(read.map(\.path) == (0..<20_000).map { "\($0)" })
        }
    }

    @Test(arguments: [
        ("{\"file_hashes\": {\"a\": \"x\", \"a\": \"y\"}}", "line 1, column 28: \"a\" stands twice"),
        ("{\"file_hashes\": {\"a\": \"x\",}}", "a comma stands before the closing \"}\""),
        ("{\"file_hashes\": {\"a\": 1}}", "\"file_hashes.a\" has the wrong type"), ("{}", "\"file_hashes\" is missing"),
        ("", "expected a value"), ("{\"file_hashes\": {}} x", "expected the end of the file"),
    ])
    func `metadata that is not as it must be is refused with its place`(text: String, words: String) throws {
        try withText(text) { path in
            let error = #expect(throws: DeltaError.self) { try DeltaMetadata.hashes(path) }
            guard case .refused(let reason)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(
                reason.contains("hashes.json in the bundle is not as it must be") && reason.contains(words), "\(reason)"
            )
        }
    }

    @Test(arguments: [
        ("one operation", "{\"operations\": [{\"x\": [\(zeros(70_000))]}]}"),
        ("blanks between two", "{\"operations\": [{}\(String(repeating: " ", count: 140_000)), {}]}"),
        ("what is passed over", "{\"x\": [\(zeros(600_000))], \"operations\": []}"),
        ("all that is passed over", "{\(members(200_000)), \"operations\": []}"),
        ("what comes behind", "{\"operations\": [], \"x\": [\(zeros(600_000))]}"),
        ("the number of operations", "{\"operations\": [\(zeros(200_001).replacing("0", with: "{}"))]}"),
    ])
    func `metadata that would take a great deal of memory is refused`(what: String, text: String) throws {
        try withText(text) { expectRefusal($0) { _ = try DeltaMetadata.operations($0) } }
    }

    @Test func `so are a manifest and hashes that are larger than any needs to be`() throws {
        let texts = [
            "{\"file_hashes\": {\"a\": \"\(String(repeating: "x", count: 140_000))\"}}",
            "{\"file_hashes\": {\(Self.members(200_001).replacing(":0", with: ":\"\""))}}",
        ]
        for text in texts {
            try withText(text) { expectRefusal($0) { _ = try DeltaMetadata.hashes($0) } }
        }
        try withText("{\"x\": [\(Self.zeros(600_000))]}") {
            expectRefusal($0) { _ = try DeltaMetadata.manifest($0) }
        }
    }

    @Test func `an operation with the longest paths there are, every byte escaped, is read`() throws {
        let path = String(repeating: "\\u0001", count: 4000)
        let fields = ["path", "relative_path", "source_path", "source_relative_path"].map { "\"\($0)\": \"\(path)\"" }
        let operation = "{\(fields.joined(separator: ", "))}"
        try withText("{\"operations\": [\(operation), \(operation)]}") { file in
            let read = try DeltaMetadata.operations(file)
            #expect(read.map(\.path?.utf8.count) == [4000, 4000])
        }
    }

    @Test func `a bundle without its metadata is told so`() {
        let error = #expect(throws: DeltaError.self) { try DeltaMetadata.hashes("/none/hashes.json") }
        guard case .refused("the bundle has no hashes.json")? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    private static func zeros(_ count: Int) -> String { [String](repeating: "0", count: count).joined(separator: ",") }

    private static func members(_ count: Int) -> String {
        (0..<count).map { "\"\($0)\":0" }.joined(separator: ",")
    }

    private func expectRefusal(_ path: String, _ read: (String) throws -> Void) {
        let error = #expect(throws: DeltaError.self) { try read(path) }
        guard case .refused(let reason)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains("larger than any needs to be") || reason.contains("is not valid"), "\(reason)")
    }

    private func withText(_ text: String, _ body: (String) throws -> Void) throws {
        let folder = "/tmp/delta-metadata-\(UInt64.random(in: 0 ... .max))"
        try Folders.make(folder)
        defer { try? Folders.removeTree(folder) }
        try Files.replace("\(folder)/hashes.json", with: Array(text.utf8), mode: 0o600)
        try body("\(folder)/hashes.json")
    }
}
