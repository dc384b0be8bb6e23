import Platform
import Testing

@testable import Steps

@Suite struct UnifiedDiffTests {
    @Test func `two spellings that look alike differ`() {
        let diff = UnifiedDiff.of("a\r\n\u{e9}\n", "a\r\ne\u{301}\n", path: "f")
        #expect(diff.utf8.elementsEqual("--- f\n+++ f\n@@ -1,2 +1,2 @@\n a\r\n-\u{e9}\n+e\u{301}\n".utf8))
    }

    private static let numbers = (1...40).map { "line \($0)" }

    /// How forty numbered lines may change.
    private static let changes: [@Sendable ([String]) -> [String]] = [
        { Array($0.dropFirst()) }, { Array($0.dropLast()) }, { ["first"] + $0 }, { $0 + ["last"] }, { _ in [] },
        { $0.map { $0 == "line 20" ? "other" : $0 } },
        { $0.map { ["line 3", "line 7", "line 39"].contains($0) ? "x" : $0 } },
        { $0.filter { !$0.hasSuffix("0") } }, { $0.reversed() }, { Array($0[..<10] + ["a", "b", "c"] + $0[12...]) },
    ]

    @Test(.enabled(if: Files.isAccessible("/usr/bin/patch", 1), "needs patch(1)"), arguments: changes.indices)
    func `patch makes the new text of the old one`(index: Int) async throws {
        let new = Self.changes[index](Self.numbers)
        try await expectPatch(Self.numbers, new)
        try await expectPatch(new, Self.numbers)
    }

    @Test func `the same text differs in nothing`() {
        #expect(UnifiedDiff.of("a\nb\n", "a\nb\n", path: "/f") == "")
    }

    @Test func `it is written as diff -u writes it`() {
        let text = UnifiedDiff.of("a\nb\nc\n", "a\nB\nc\nd\n", path: "/etc/x")
        #expect(text == "--- /etc/x\n+++ /etc/x\n@@ -1,3 +1,4 @@\n a\n-b\n+B\n c\n+d\n")
    }

    @Test func `what nobody could read is cut`() {
        let long = UnifiedDiff.of("", String(repeating: "x", count: 100_000), path: "/f")
        #expect(long.utf8.count < 3000)
        let many = UnifiedDiff.of("", (0..<5000).map { "\($0)\n" }.joined(), path: "/f")
        #expect(many.split(separator: "\n").count == 401)
        #expect(many.hasSuffix("more lines\n"))
    }

    private func expectPatch(_ old: [String], _ new: [String]) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/steps-tests-")
        defer { try? Folders.removeTree(folder) }
        let (before, after) = (old.map { "\($0)\n" }.joined(), new.map { "\($0)\n" }.joined())
        try Files.replace("\(folder)/f", with: Array(before.utf8), mode: 0o600)
        try Files.replace("\(folder)/d", with: Array(UnifiedDiff.of(before, after, path: "f").utf8), mode: 0o600)
        let result = try await Subprocess.run(
            Command("/usr/bin/patch", ["-s", "f", "d"], workingDirectory: folder))
        #expect(result.succeeded, "\(result.output)\(result.errors)")
        // patch removes a file that has become empty.
        #expect(try Files.text("\(folder)/f") ?? "" == after)
    }
}
