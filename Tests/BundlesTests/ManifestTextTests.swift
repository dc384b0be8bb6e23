import Platform
import Testing

@testable import Bundles

@Suite struct ManifestTextTests {
    private static let file = #"{"path": "p", "mode": "0644", "sha256": "\#(String(repeating: "a", count: 64))"}"#

    private func manifest(_ files: String, more: String = "") -> [UInt8] {
        Array(
            #"{"schema_version": 1, "name": "tool", "files" :\#n [\#(files)], "version": "1", "arch": "any"\#(more)}"#
                .utf8)
    }

    @Test(arguments: [0, 1, 511, 512, 513, 1024, 2000])
    func `every file of a list is read once, however long it is`(count: Int) throws {
        let names = (0..<count).map { "a/\($0)" }
        let files = names.map { Self.file.replacing("\"p\"", with: "\"\($0)\"") }.joined(separator: " ,\n ")
        let (read, check) = try BundleManifest.read(ManifestText(manifest(files), name: "m"))
        #expect(read.name == "tool")
        #expect(check.count == count)
        #expect(names.allSatisfy { check.mode(of: $0) != nil })
        #expect(check.mode(of: "a/\(count)") == nil)
        #expect(check.finish() == names.map { .missing(PathBytes($0)) }.sorted { $0.words < $1.words })
    }

    @Test(arguments: [
        ",", "F,", ",F", "F,,F", "F F", "F]", "[F]", "F,{}", "F,null", "F,\"x\"", "{", "\"", "F,}", #"{"path": "\""#,
    ])
    func `a list that is no list of files is refused`(files: String) {
        #expect(refusal(of: manifest(files.replacing("F", with: Self.file))) != nil)
    }

    @Test func `a comma too many is found where batches meet too`() {
        let files = (0..<512).map { Self.file.replacing("\"p\"", with: "\"\($0)\"") }.joined(separator: ",")
        #expect(refusal(of: manifest(files)) == nil)
        #expect(refusal(of: manifest(files + ",")) != nil)
        #expect(refusal(of: manifest(files + ", ")) != nil)
    }

    @Test(arguments: ["head", "entry", "space"])
    func `a manifest that would take memory without end is refused`(part: String) {
        let large = String(repeating: part == "space" ? " " : "x", count: 5 << 20)
        let text =
            switch part {
            case "head": manifest("", more: #", "entry_points": {"\#(large)": "p"}"#)
            case "entry": manifest(Self.file.replacing("\"p\"", with: "\"\(large)\""))
            default: manifest(Self.file, more: large)
            }
        #expect(refusal(of: text)?.contains("larger than any needs to be") == true)
    }

    @Test(arguments: [#", "files": [F]"#, #", "fi\u006ces": [F]"#, #", "fi\u006ces": []"#])
    func `a second list of files cannot hide`(more: String) {
        let reason = refusal(of: manifest(Self.file, more: more.replacing("F", with: Self.file)))
        #expect(reason?.contains("\"files\" stands twice") == true)
    }

    @Test func `a field that stands twice in a file's line is refused`() {
        let twice = Self.file.replacing("{", with: "{\"mode\": \"0755\", ")
        #expect(refusal(of: manifest(twice))?.contains("\"mode\" stands twice") == true)
    }

    @Test func `what is wrong is told with its place`() {
        let reason = refusal(of: manifest("\(Self.file),\n{\"path\": 7}"))
        #expect(reason == "is no manifest: line 3, column 10: \"files[1].path\" has the wrong type")
    }

    @Test func `brackets, quotes and names inside of strings are text`() throws {
        let path = #"a\"]},[{/\\"#
        let text = manifest(
            Self.file.replacing("\"p\"", with: "\"\(path)\""),
            more: #", "entry_points": {"files": "a\"]},[{/\\"}"#)
        let (_, check) = try BundleManifest.read(ManifestText(text, name: "m"))
        #expect(check.count == 1)
        #expect(check.mode(of: #"a"]},[{/\"#) != nil)
    }
}
