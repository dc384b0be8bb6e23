import Glibc
import Platform
import Testing

@Suite struct WorkFolderTests {
    @Test func `what a killed owner left goes at once, what another program's is does not`() throws {
        let top = try Folders.makeTemporary(prefix: "/tmp/work-folder-")
        defer { try? Folders.removeTree(top) }
        for name in ["work-1", "work-1x", "work-", "other-1", "work-22"] { try Folders.make("\(top)/\(name)/deep") }
        try Files.replace("\(top)/work-3", with: [], mode: 0o600)
        try WorkFolder.sweep(prefix: "\(top)/work-")
        #expect(try Folders.names(in: top) == ["other-1", "work-1x", "work-3"])
        try WorkFolder.sweep(prefix: "\(top)/absent/work-")
    }

    @Test func `a lock that cannot be had at all is no lock that another holds`() throws {
        #expect(throws: SystemCallError("flock", "x", code: EBADF)) {
            let closed = Descriptor(owning: -1)
            _ = try closed.tryLock(path: "x")
        }
        let top = try Folders.makeTemporary(prefix: "/tmp/work-folder-")
        defer { try? Folders.removeTree(top) }
        let first = try Descriptor.open(top, O_RDONLY)
        let second = try Descriptor.open(top, O_RDONLY)
        let isHad = [
            try first.tryLock(path: top), try second.tryLock(path: top), try second.tryLock(shared: true, path: top),
        ]
        #expect(isHad == [true, false, false])
    }

    @Test func `the folder of an owner that lives stays`() throws {
        let top = try Folders.makeTemporary(prefix: "/tmp/work-folder-")
        defer { try? Folders.removeTree(top) }
        let first = try WorkFolder(prefix: "\(top)/work-")
        let second = try WorkFolder(prefix: "\(top)/work-")
        #expect(try Folders.names(in: top).count == 2)
        for folder in [first, second] { folder.remove() }
        #expect(try Folders.names(in: top) == [])
    }

    @Test func `however many begin at the same moment, none loses its folder to another's sweep`() async throws {
        let top = try Folders.makeTemporary(prefix: "/tmp/work-folder-")
        defer { try? Folders.removeTree(top) }
        let lost = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    await onOwnThread { () throws(Never) in
                        (0..<200).reduce(0) { lost, _ in
                            guard let work = try? WorkFolder(prefix: "\(top)/work-") else { return lost + 1 }
                            let isThere = ((try? FileStatus.of(work.path)) ?? nil) != nil
                            work.remove()
                            return isThere ? lost : lost + 1
                        }
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(lost == 0)
    }
}
