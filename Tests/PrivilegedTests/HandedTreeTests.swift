import Glibc
@testable import Platform
import Testing

@testable import Privileged

/// A bundle's version as it goes to another user and back; the tests play what that user could prepare for root.
@Suite(.enabled(if: geteuid() == 0, "root gives files away")) struct HandedTreeTests {
    private static let keeper = "daemon", owner = "nobody"

    @Test func `all of a version goes to its owner and back, the group stays the keeper's, and set-id bits go`()
        async throws
    {
        try await with { bundle, tree async throws in
            let (keeper, owner) = (try await user(Self.keeper), try await user(Self.owner))
            #expect(chmod("\(tree)/bin/tool", 0o4755) == 0 && chmod("\(tree)/bin", 0o2777) == 0)
            try Files.replaceLink("\(tree)/link", target: "/etc/passwd")
            try Files.setOwner("\(tree)/link", user: keeper.user, group: keeper.group)
            #expect(link("\(tree)/bin/tool", "\(tree)/second") == 0)
            let paths = ["", "/bin", "/bin/tool", "/second", "/link"].map { tree + $0 }
            for who in [owner, owner, keeper, keeper] {
                try await HandedTree(path: tree, keeper: Self.keeper).hand(to: who.name)
                for path in paths {
                    let status = try #require(try FileStatus.of(path))
                    #expect((status.owner, status.group) == (who.user, keeper.group), "\(path)")
                }
            }
            #expect(try FileStatus.of("\(tree)/bin/tool")?.mode == 0o755 && FileStatus.of("\(tree)/bin")?.mode == 0o775)
            #expect(try FileStatus.of(bundle)?.owner == keeper.user)
            #expect(try FileStatus.of("/etc/passwd")?.owner == 0)
        }
    }

    @Test func `a file with another name outside is not given away, in either direction`() async throws {
        try await with { bundle, tree async throws in
            #expect(link("\(tree)/bin/tool", "\(bundle)/outside") == 0)
            await expectRefusal(tree, to: Self.owner, "has another name outside")
            await expectRefusal(tree, to: Self.keeper, "has another name outside")
            #expect(try FileStatus.of("\(bundle)/outside")?.owner == (try await user(Self.keeper)).user)
        }
    }

    @Test func `what is root's, a third user's, or no file is not given away`() async throws {
        try await with { _, tree async throws in
            try Files.replace("\(tree)/bin/roots", with: [], mode: 0o600)
            await expectRefusal(tree, to: Self.owner, "belongs to the user 0")
            // Its folder is the keeper's again, who can take it away.
            try await HandedTree(path: tree, keeper: Self.keeper).hand(to: Self.keeper)
            #expect(try FileStatus.of("\(tree)/bin/roots")?.owner == 0)
            try Files.setOwner("\(tree)/bin/roots", user: 2, group: 2)
            await expectRefusal(tree, to: Self.owner, "belongs to the user 2")
            // Somebody put it into a folder of the owner's: it goes with it.
            try await HandedTree(path: tree, keeper: Self.keeper).hand(to: Self.keeper)
            #expect(mkfifo("\(tree)/fifo", 0o600) == 0)
            try Files.setOwner("\(tree)/fifo", user: 1, group: 1)
            await expectRefusal(tree, to: Self.owner, "is no file, folder or link")
        }
    }

    @Test func `no link is followed, whichever part of the path it is`() async throws {
        try await with { bundle, tree async throws in
            let top = Files.folder(of: bundle)
            try Files.replaceLink("\(bundle)/linked", target: "1.0")
            try Files.replaceLink("\(top)/other", target: "tool")
            for path in ["\(bundle)/linked", "\(top)/other/1.0", "\(bundle)/../tool/1.0", "\(bundle)/.records"] {
                await expectRefusal(path, to: Self.owner, "")
            }
            #expect(try FileStatus.of("\(tree)/bin/tool")?.owner == (try await user(Self.keeper)).user)
        }
    }

    @Test func `only a version in a bundle's folder of the keeper's is given, and nothing to root`() async throws {
        try await with { bundle, tree async throws in
            await expectRefusal(tree, to: "root", "nothing of a bundle is root's")
            await expectRefusal("/etc/x/y", to: Self.owner, "no folder of a bundle's version")
            await expectRefusal("/usr/local/lib/x", to: Self.owner, "no folder of a bundle's version")
            await expectRefusal("\(tree)/bin", to: Self.owner, ".records")
            try Files.setOwner("\(bundle)/.records", user: 0, group: 0)
            await expectRefusal(tree, to: Self.owner, "it is no bundle's folder of daemon's")
            try Folders.removeTree("\(bundle)/.records")
            await expectRefusal(tree, to: Self.owner, ".records")
        }
    }

    @Test func `behind the closed door no file is given to or taken from another user`() {
        let caller = Account(name: "ops", user: 1000, group: 1000, home: "/home/ops")
        let boundary = Boundary(caller: caller, known: KnownUnits(policy: HelperPolicy(), folder: "/nowhere"))
        for owner in ["web", "ops", "root"] {
            #expect(throws: PrivilegedError.self, "\(owner)") {
                try boundary.check(.handTree(path: "/opt/web/1.0", owner: owner, keeper: "ops"))
            }
        }
    }

    private func user(_ name: String) async throws -> Account { try #require(try await Account.lookUp(name)) }

    private func expectRefusal(_ path: String, to owner: String, _ words: String) async {
        let error = await #expect(throws: PrivilegedError.self, "\(path)") {
            try await HandedTree(path: path, keeper: Self.keeper).hand(to: owner)
        }
        let text = error.map { "\($0.explanation.summary)" } ?? ""
        #expect(words.isEmpty || text.contains(words), "\(text)")
    }

    private func with(_ body: (_ bundle: String, _ tree: String) async throws -> Void) async throws {
        let top = try Folders.makeTemporary(prefix: "/srv/handed-tree-")
        defer { try? Folders.removeTree(top) }
        try Files.setMode(top, 0o755)
        let bundle = "\(top)/tool", tree = "\(bundle)/1.0"
        try Folders.make("\(tree)/bin")
        try Folders.make("\(bundle)/.records")
        try Files.replace("\(tree)/bin/tool", with: Array("x".utf8), mode: 0o755)
        let keeper = try await user(Self.keeper)
        for path in [bundle, "\(bundle)/.records", tree, "\(tree)/bin", "\(tree)/bin/tool"] {
            try Files.setOwner(path, user: keeper.user, group: keeper.group)
        }
        try await body(bundle, tree)
    }
}
