import Glibc
import Platform
import Testing

@Suite struct ReplacementTests {
    @Test func `what killed processes left for the same file goes when it is written, and nothing else does`() throws {
        let top = try Folders.makeTemporary(prefix: "/tmp/replacement-")
        defer { try? Folders.removeTree(top) }
        let others = ["a.1.new", "a.b.1.2.new", "a.1.2.new.old", "a.x.2.new", "b.1.2.new"]
        for name in ["a.1.2.new", "a.77.4294967295.new"] + others {
            // Written without a lock, as by a process that is no more.
            _ = try Descriptor.open("\(top)/\(name)", O_WRONLY | O_CREAT | O_EXCL)
        }
        try Files.replace("\(top)/a", with: [1], mode: 0o640)
        #expect(try Folders.names(in: top) == (["a"] + others).sorted())
        #expect(try FileStatus.of("\(top)/a")?.mode == 0o640)
    }

    @Test func `what another process still writes stays`() throws {
        let top = try Folders.makeTemporary(prefix: "/tmp/replacement-")
        defer { try? Folders.removeTree(top) }
        let file = try Descriptor.open("\(top)/a.1.2.new", O_WRONLY | O_CREAT | O_EXCL)
        #expect(try file.tryLock(path: top))
        try Files.replace("\(top)/a", with: [1], mode: 0o600)
        #expect(try Folders.names(in: top) == ["a", "a.1.2.new"])
    }

    @Test func `many threads that replace one file at once all succeed`() async throws {
        let top = try Folders.makeTemporary(prefix: "/tmp/replacement-")
        defer { try? Folders.removeTree(top) }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    await onOwnThread { () throws(Never) in
                        for _ in 0..<50 {
                            #expect(throws: Never.self) {
                                try Files.replace("\(top)/a", with: [UInt8(number)], mode: 0o600)
                            }
                        }
                    }
                }
            }
        }
        #expect(try Folders.names(in: top) == ["a"])
        #expect(try Files.read("\(top)/a").count == 1)
    }
}
