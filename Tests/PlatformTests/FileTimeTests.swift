import Platform
import Testing

@Suite struct FileTimeTests {
    @Test(arguments: ["1970-01-01", "2026-11-28", "2262-04-12", "2300-01-01", "1900-01-01"])
    func `a file of any time is looked at, and has the same time again`(day: String) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/platform-tests-")
        defer { try? Folders.removeTree(folder) }
        let touch = Command("/usr/bin/touch", ["-d", day, "\(folder)/file"])
        try #require(try await Subprocess.run(touch).succeeded)
        let first = try FileStatus.of("\(folder)/file"), again = try FileStatus.of("\(folder)/file")
        #expect(first != nil && first?.modified == again?.modified)
    }
}
