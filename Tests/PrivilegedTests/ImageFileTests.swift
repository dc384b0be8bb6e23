import Platform
import Testing

@testable import Privileged

@Suite struct ImageFileTests {
    @Test func `what was cut off while it was made goes with its image, and nothing beside it does`() async throws {
        let top = try Folders.makeTemporary(prefix: "/tmp/image-file-")
        defer { try? Folders.removeTree(top) }
        for name in ["x.img.new", "y.img.new", "x.img.new.old"] {
            try Files.replace("\(top)/\(name)", with: [0], mode: 0o600)
        }
        for _ in 1...2 { try await ImageFile(path: "\(top)/x.img", label: "data").remove() }
        #expect(try Folders.names(in: top).sorted() == ["x.img.new.old", "y.img.new"])
        try await ImageFile(path: "\(top)/none/x.img", label: "data").remove()
    }

    @Test func `nothing is removed by way of a link`() async throws {
        let top = try Folders.makeTemporary(prefix: "/tmp/image-file-")
        defer { try? Folders.removeTree(top) }
        try Folders.make("\(top)/real")
        try Files.replace("\(top)/real/x.img.new", with: [0], mode: 0o600)
        try Files.replaceLink("\(top)/link", target: "\(top)/real")
        await #expect(throws: PrivilegedError.self) {
            try await ImageFile(path: "\(top)/link/x.img", label: "data").remove()
        }
        #expect(try Folders.names(in: "\(top)/real") == ["x.img.new"])
    }
}
