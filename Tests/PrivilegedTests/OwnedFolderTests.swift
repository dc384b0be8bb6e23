import Glibc
import Platform
@testable import Privileged
import Testing

@Suite struct OwnedFolderTests {
    @Test(arguments: [
        "/srv", "/etc/x", "/usr/local/x", "/root/x", "/home/x", "srv/x", "/srv/../etc/x", "/srv/../\u{338}x",
        "/srv/a//b", "/srv/./a",
        "/srv/a/", "/tmp/x", "/var/spool/cron/x",
    ])
    func `folders are made where data lies, and nowhere else`(path: String) async {
        await #expect(throws: PrivilegedError.self) {
            try await OwnedFolder(path: path).make(mode: 0o755, owner: "nobody")
        }
    }

    @Test(arguments: [0o4755, 0o777, 0o1777] as [UInt32])
    func `set-id and world-writable modes are refused`(mode: UInt32) async {
        await #expect(throws: PrivilegedError.self) {
            try await OwnedFolder(path: "/srv/x").make(mode: mode, owner: "nobody")
        }
    }

    @Test(.enabled(if: geteuid() == 0)) func `a folder and those above it become the user's`() async throws {
        let name = "owned-folder-\(UInt64.random(in: 0 ... .max))"
        defer { try? Folders.removeTree("/srv/\(name)") }
        let path = "/srv/\(name)/a/b"
        for _ in 1...2 {
            try await OwnedFolder(path: path).make(mode: 0o750, owner: "nobody")
            let status = try #require(try FileStatus.of(path))
            let above = try #require(try FileStatus.of("/srv/\(name)"))
            let nobody = try #require(try await Account.lookUp("nobody"))
            #expect((status.owner, status.mode) == (nobody.user, 0o750))
            #expect((above.owner, above.mode) == (nobody.user, 0o755))
        }
    }

    @Test(.enabled(if: geteuid() == 0)) func `nothing is made in somebody else's folder, nor through a link`()
        async throws
    {
        let top = try Folders.makeTemporary(prefix: "/srv/owned-folder-")
        defer { try? Folders.removeTree(top) }
        let error = await #expect(throws: PrivilegedError.self) {
            try await OwnedFolder(path: "\(top)/x").make(mode: 0o755, owner: "nobody")
        }
        #expect(error?.explanation.summary.contains("belongs to somebody else") == true)
        let nobody = try #require(try await Account.lookUp("nobody"))
        try Files.setOwner(top, user: nobody.user, group: nobody.group)
        try Files.replaceLink("\(top)/link", target: "/etc")
        await #expect(throws: PrivilegedError.self) {
            try await OwnedFolder(path: "\(top)/link/x").make(mode: 0o755, owner: "nobody")
        }
        #expect(try FileStatus.of("/etc/x") == nil)
    }
}
