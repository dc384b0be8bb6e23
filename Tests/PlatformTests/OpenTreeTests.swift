import Platform
import Testing

@Suite struct OpenTreeTests {
    @Test func `each path is looked at where it lies, whichever folder the last one was in`() throws {
        let top = try Folders.makeTemporary(prefix: "/tmp/open-tree-tests-")
        defer { try? Folders.removeTree(top) }
        try Folders.make("\(top)/a/b")
        for (name, length) in [("f", 1), ("a/f", 2), ("a/b/f", 3)] {
            try Files.replace("\(top)/\(name)", with: [UInt8](repeating: 0, count: length), mode: 0o600)
        }
        try Files.replaceLink("\(top)/l", target: "a")
        var tree = OpenTree(top)
        for (path, size) in [("a/b/f", 3), ("f", 1), ("a/f", 2), ("a/b/f", 3), ("l/f", 2)] {
            let found = try tree.status(of: PathBytes(path))?.size
            #expect(found == Int64(size), "\(path)")
        }
        for path in ["a/none", "none/f", "f/g", "a/b/c/d"] {
            let found = try tree.status(of: PathBytes(path))
            #expect(found == nil, "\(path)")
        }
        let link = try tree.status(of: "l")?.kind
        #expect(link == .link)
    }
}
