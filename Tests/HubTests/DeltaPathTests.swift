import Platform
import Support
import Testing

@testable import Hub

@Suite struct DeltaPathTests {
    @Test(arguments: MarkedTexts.marks)
    func `a path beneath a workspace is taken apart by bytes`(mark: String) throws {
        #expect(throws: DeltaError.self) { try DeltaPath("../\(mark)a") }
        #expect(throws: DeltaError.self) { try DeltaPath("/\(mark)a") }
        let path = try DeltaPath("a/\(mark)b/c")
        #expect(path.folders.map(\.text.utf8.count) == [1, 2 + mark.utf8.count + 1] && path.name == "c")
        #expect(path.folder?.name.hasSameBytes(as: "\(mark)b") == true)
        for (other, isShared) in [
            ("a/\(mark)b/c", true), ("a", true), ("a/\(mark)b/c/d", true), ("a/\(mark)b/cd", false), ("a/b/c", false),
        ] { #expect(try path.overlaps(DeltaPath(other)) == isShared, "\(other)") }
        #expect(Set([try DeltaPath("\u{e9}"), try DeltaPath("e\u{301}")]).count == 2)
    }
}
