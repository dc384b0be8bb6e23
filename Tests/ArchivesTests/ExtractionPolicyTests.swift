@testable import Archives
import Platform
import Testing

@Suite struct ExtractionPolicyTests {
    private let policy = ExtractionPolicy(archive: "a.tar", strip: 0)

    @Test(arguments: [
        "/etc/passwd", "../x", "/\u{338}x", "../\u{338}x", "a/../../x", "a/..", "", String(repeating: "n", count: 300),
        String(repeating: "d/", count: 70),
    ])
    func `a path that is absolute, leads upwards, is empty, long or deep is refused`(path: String) {
        #expect(throws: ArchiveError.self) {
            try policy.parts(of: ArchiveEntry(path: PathBytes(path), kind: .file, mode: 0o644))
        }
    }

    @Test func `dots and double slashes are nothing, and leading parts can be dropped`() throws {
        let entry = ArchiveEntry(path: "./top//bin/./node", kind: .file, mode: 0o755)
        #expect(try policy.parts(of: entry) == ["top", "bin", "node"])
        #expect(try ExtractionPolicy(archive: "a", strip: 1).parts(of: entry) == ["bin", "node"])
    }

    @Test(arguments: ["/etc/passwd", "../../x", "..", "", "a/../..", "dir/../x"])
    func `a link that points outside, or could, is refused`(target: String) {
        let entry = ArchiveEntry(path: "l", kind: .link(target: PathBytes(target)), mode: 0o777)
        #expect(throws: ArchiveError.self) { try policy.checkLink(PathBytes(target), from: ["l"], entry) }
    }

    @Test func `a link within is taken`() throws {
        let entry = ArchiveEntry(path: "bin/npm", kind: .link(target: "../lib/npm.js"), mode: 0o777)
        try policy.checkLink("../lib/npm.js", from: ["bin", "npm"], entry)
    }
}
