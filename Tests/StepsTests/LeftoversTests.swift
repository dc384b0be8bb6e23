import Platform
import Testing

@testable import Steps

@Suite struct LeftoversTests {
    @Test func `downloads that nobody goes on with are removed, and nothing beside them`() throws {
        let top = try Folders.makeTemporary(prefix: "/tmp/leftovers-")
        defer { try? Folders.removeTree(top) }
        let layout = HostLayout(root: top, bootstrap: "\(top)/bootstrap")
        for path in ["\(layout.downloads)/a.tar.xz", "\(layout.downloads)/a.tar.xz.origin", layout.receipt] {
            try Folders.make(Files.folder(of: path))
            try Files.replace(path, with: [], mode: 0o600)
        }
        #expect(Leftovers.removeDownloads(layout).isEmpty)
        #expect(try Folders.names(in: layout.downloads) == [])
        #expect(try FileStatus.of(layout.receipt) != nil)
    }
}
