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

    @Test func `a bundle without its metadata is told so`() {
        let error = #expect(throws: DeltaError.self) { try DeltaMetadata.hashes("/none/hashes.json") }
        guard case .refused("the bundle has no hashes.json")? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    private func withText(_ text: String, _ body: (String) throws -> Void) throws {
        let folder = "/tmp/delta-metadata-\(UInt64.random(in: 0 ... .max))"
        try Folders.make(folder)
        defer { try? Folders.removeTree(folder) }
        try Files.replace("\(folder)/hashes.json", with: Array(text.utf8), mode: 0o600)
        try body("\(folder)/hashes.json")
    }
}
