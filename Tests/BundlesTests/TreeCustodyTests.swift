import Archives
import Glibc
import Platform
import Testing

@testable import Bundles

/// A version whose files are another user's than the one's who installed it.
@Suite(.enabled(if: geteuid() == 0, "root gives files away")) struct TreeCustodyTests {
    private static let owner: UInt32 = 2

    private static let items = [
        Shelf.Item(path: "bin/tool", content: "#!/bin/sh\n", mode: 0o755),
        Shelf.Item(path: "share/secret", content: "s", mode: 0o600),
    ]

    @Test func `it is as installed when all is the owner's, and its group may read what the owner may`() async throws {
        try await with { store, record async throws in
            #expect(try store.drifts("tool", record, Self.check) == [])
            #expect(try store.change("tool", record) == nil)
            let status = try #require(try FileStatus.of(store.folder("tool", "1.0") + "/share/secret"))
            #expect((status.owner, status.mode) == (Self.owner, 0o640))
            #expect(try store.isHanded("tool"))
        }
    }

    @Test(arguments: [
        ("echo x >F/share/secret", "share/secret has another length"),
        ("printf t >F/share/secret", "share/secret has other content"),
        ("chown 0 F/bin/tool", "bin/tool has another owner"),
        ("chmod 600 F/share/secret", "share/secret has another mode"),
        ("rm F/bin/tool", "bin/tool is missing"), ("chmod 777 F/.", "its folder has another mode"),
    ])
    func `what was changed in it is drift, its owner too`(command: String, words: String) async throws {
        try await with { store, record async throws in
            let script = command.split(separator: "F/").joined(separator: "\(store.folder("tool", "1.0"))/")
            try #require(try await Subprocess.run(Command("/bin/sh", ["-c", script])).succeeded)
            #expect(try store.drifts("tool", record, Self.check).first == words)
        }
    }

    @Test func `taken back, it is as it was unpacked, and is nobody's else any more`() async throws {
        try await with { store, record async throws in
            let folder = store.folder("tool", "1.0")
            #expect(chmod("\(folder)/bin/tool", 0o700) == 0)
            try Self.give(folder, 0)
            try record.restoreModes(in: folder)
            try store.noteTakenBack("tool")
            #expect(try store.drifts("tool", record, Self.check) == [] && !store.isHanded("tool"))
            #expect(try FileStatus.of("\(folder)/share/secret")?.mode == 0o600)
        }
    }

    @Test func `what cannot be given away is not recorded as installed`() async throws {
        try await Shelf.with { shelf async throws in
            let reason = Explanation("no such user", at: "x", hint: "h")
            let wanted = try await Self.wanted(
                shelf,
                TreeCustody { _ throws(BundleError) in
                    throw .custody(reason)
                } takeBack: { _ in
                })
            await #expect(throws: BundleError.custody(reason)) { try await shelf.install(wanted) }
            #expect(shelf.store.record("tool", "1.0") == nil)
        }
    }

    private static var check: TreeCheck {
        var check = TreeCheck()
        check.owner = 0
        check.ownsFolder = true
        return check
    }

    private static func give(_ folder: String, _ user: UInt32) throws(SystemCallError) {
        for name in try Folders.names(in: folder) {
            let path = "\(folder)/\(name)"
            if try FileStatus.of(path)?.kind == .folder { try give(path, user) }
            try Files.setOwner(path, user: user, group: 0)
        }
        try Files.setOwner(folder, user: user, group: 0)
    }

    private func with(_ body: (BundleStore, InstallRecord) async throws -> Void) async throws {
        try await Shelf.with { shelf async throws in
            let store = shelf.store
            let custody = TreeCustody { folder throws(BundleError) in
                do throws(SystemCallError) {
                    try store.noteHanded("tool", to: "other")
                    try BundleStore.shareWithGroup(folder)
                    try Self.give(folder, Self.owner)
                } catch { throw .disk(error) }
            } takeBack: { _ in
            }
            try await body(store, try await shelf.install(try await Self.wanted(shelf, custody)))
        }
    }

    private static func wanted(_ shelf: Shelf, _ custody: TreeCustody) async throws -> WantedBundle {
        let digest = try await shelf.publish("tool.tar.gz", items, manifest: Shelf.manifest(items))
        var wanted = try shelf.wanted(.digest(digest))
        wanted.custody = custody
        return wanted
    }
}
