import Digests
import Engine
import Platform
@testable import Steps
import Testing

@Suite struct OwnedStateTests {
    @Test func `a disk's data is kept, and one that was never taken is nothing`() throws {
        #expect(try OwnedState.of(OwnedThing(.disk, "data")) == .gone)
        let disk = OwnedThing(.disk, "data", content: "0b5d6c2e-98a1-4c58-9c3e-3f0d5f6a7b81")
        // With udev, a disk that is nowhere is gone.
        if try UdevRecord.isKept() {
            #expect(try OwnedState.of(disk) == .gone)
        } else {
            guard case .kept = try OwnedState.of(disk) else { throw Unexpected() }
        }
    }

    private struct Unexpected: Error {}

    @Test func `what a change that failed left is ours in either content, and a person's is not`() throws {
        let top = try Folders.makeTemporary(prefix: "/tmp/owned-state-")
        defer { try? Folders.removeTree(top) }
        let path = "\(top)/f"
        let digest = { (text: String) in Digest.of(Array(text.utf8)).hex }
        var thing = OwnedThing(.file, path, content: digest("new"))
        thing.former = [digest("oldest"), digest("old")]
        #expect(try OwnedState.of(thing) == .gone)
        for text in ["new", "old", "oldest"] {
            try Files.replace(path, with: Array(text.utf8), mode: 0o600)
            #expect(try OwnedState.of(thing) == .ours("a file"), "\(text)")
            #expect(try OwnedState.asItLies(thing).content == digest(text))
        }
        try Files.replace(path, with: Array("a person's".utf8), mode: 0o600)
        #expect(try OwnedState.of(thing) == .changed("was changed since"))
    }
}
