import Digests
import Platform
import Testing
import Transfer

@testable import Bundles

@Suite struct BundleStoreTests {
    @Test func `a bundle is installed with its modes, and a record of it`() async throws {
        try await Shelf.with { shelf async throws in
            let digest = try await shelf.publish()
            let record = try await shelf.install(shelf.wanted(.digest(digest), version: "1.0", expecting: ["bin/tool"]))
            #expect(try shelf.text("1.0/bin/tool") == "#!/bin/sh\n")
            #expect(try FileStatus.of("\(shelf.root)/tool/1.0/bin/tool")?.mode == 0o755)
            #expect(try FileStatus.of("\(shelf.root)/tool/1.0")?.mode == 0o755)
            #expect(record.archiveDigest == digest.hex)
            #expect(record.verification == "required")
            #expect(shelf.store.record("tool", "1.0") == record)
            #expect(try shelf.store.versions("tool", archive: digest).map(\.version) == ["1.0"])
            #expect(try shelf.store.versions("tool", archive: .of("other".utf8)).isEmpty)
            #expect(try shelf.store.currentVersion("tool") == nil)
            #expect(try shelf.downloads == [])
        }
    }

    @Test func `the link leads to the version in use`() async throws {
        try await Shelf.with { shelf async throws in
            try await shelf.installFirst()
            #expect(try shelf.text("current/share/data") == "data")
            let digest = try await shelf.publish(manifest: Shelf.manifest(version: "2.0"))
            try await shelf.install(shelf.wanted(.digest(digest)))
            #expect(try shelf.store.currentVersion("tool") == "1.0")
            try shelf.store.use("tool", "2.0")
            #expect(try shelf.store.currentVersion("tool") == "2.0")
            #expect(try shelf.store.versions("tool", archive: nil).count == 2)
        }
    }

    @Test func `a bundle without manifest is named by its digest, or by who wants it`() async throws {
        try await Shelf.with { shelf async throws in
            let digest = try await shelf.publish(manifest: nil)
            #expect(try await shelf.install(shelf.wanted(.digest(digest))).version == String(digest.hex.prefix(12)))
            #expect(try await shelf.install(shelf.wanted(.digest(digest), version: "7")).version == "7")
        }
    }

    @Test func `a mode that the manifest names is given, whatever the archive says`() async throws {
        try await Shelf.with { shelf async throws in
            var items = Shelf.items
            items[0].mode = 0o600
            let digest = try await shelf.publish("tool.tar.gz", items, manifest: Shelf.manifest())
            try await shelf.install(shelf.wanted(.digest(digest)))
            #expect(try FileStatus.of("\(shelf.root)/tool/1.0/bin/tool")?.mode == 0o755)
            #expect(try shelf.drift() == nil)
        }
    }

    // MARK: Refusals

    @Test func `a wrong digest changes nothing and leaves nothing`() async throws {
        try await Shelf.with { shelf async throws in
            let record = try await shelf.installFirst()
            let found = try await shelf.publish(manifest: Shelf.manifest(version: "2.0"))
            let wanted = Digest.of("wanted".utf8)
            let url = try shelf.url()
            await #expect(
                throws: BundleError.mismatch(url: url.description, wanted: wanted, found: found, resumed: false)
            ) {
                try await shelf.install(shelf.wanted(.digest(wanted)))
            }
            try expectFirst(shelf, record)
        }
    }

    /// A manifest that is wrong, and a part of the reason to refuse it.
    struct Wrong: Sendable, CustomTestStringConvertible {
        let manifest: String, reason: String, wanted: String?
        init(_ manifest: String, _ reason: String, wanted: String? = nil) {
            self.manifest = manifest
            self.reason = reason
            self.wanted = wanted
        }
        var testDescription: String { reason }
    }

    private static let missing = Shelf.Item(path: "not/there", content: "")
    private static let changed = Shelf.Item(path: "share/data", content: "other")
    private static let folder = Shelf.Item(path: "share", content: "")

    @Test(arguments: [
        Wrong(Shelf.manifest(Shelf.items + [missing]), "\"not/there\" is missing"),
        Wrong(Shelf.manifest([Shelf.items[0], changed]), "has other content than the file"),
        Wrong(Shelf.manifest(Shelf.items + [folder]), "is a folder, not the file"),
        Wrong(Shelf.manifest([Shelf.Item(path: "share/data", content: "data", mode: 0o4755)]), "no good mode"),
        Wrong(Shelf.manifest(name: "other"), "is the bundle \"other\""),
        Wrong(Shelf.manifest(version: "3.0"), "is version 3.0", wanted: "2.0"),
        Wrong(Shelf.manifest(version: "../../x"), "no plain name"),
        Wrong(Shelf.manifest(version: "current"), "no plain name"),
        Wrong(Shelf.manifest(version: ".records"), "no plain name"),
        Wrong(Shelf.manifest(arch: "aarch64"), "is for aarch64"),
        Wrong(Shelf.manifest(arch: "mips"), "is no architecture"),
        Wrong(Shelf.manifest(entryPoint: "bin/other"), "the entry point tool"),
        Wrong(Shelf.manifest(entryPoint: "/bin/sh"), "the entry point tool"),
        Wrong(Shelf.manifest(format: 2), "has format 2"),
        Wrong("{}", "is no manifest"), Wrong("", "is no manifest"), Wrong("[1, 2]", "is no manifest"),
    ])
    func `a manifest that does not fit is refused, and the version in use stays`(wrong: Wrong) async throws {
        try await Shelf.with { shelf async throws in
            let record = try await shelf.installFirst()
            let digest = try await shelf.publish(manifest: wrong.manifest)
            let error = await #expect(throws: BundleError.self) {
                try await shelf.install(shelf.wanted(.digest(digest), version: wrong.wanted))
            }
            try expectFirst(shelf, record)
            switch error {
            case .manifest(_, let reason), .unsuitable(_, let reason, _):
                #expect(reason.contains(wrong.reason), "\(reason)")
            default: Issue.record("\(String(describing: error))")
            }
        }
    }

    @Test func `a bundle without a file that is expected is refused`() async throws {
        try await Shelf.with { shelf async throws in
            let digest = try await shelf.publish()
            let error = await #expect(throws: BundleError.self) {
                try await shelf.install(shelf.wanted(.digest(digest), expecting: ["bin/tool", "etc/absent"]))
            }
            #expect(error?.explanation.problem.contains("etc/absent") == true)
            #expect(shelf.store.record("tool", "1.0") == nil)
            #expect(try shelf.text("1.0/bin/tool") == nil)
        }
    }

    @Test func `a cut archive is refused and not kept`() async throws {
        try await Shelf.with { shelf async throws in
            let record = try await shelf.installFirst()
            let path = "\(shelf.top)/published/tool.tar.gz"
            try Files.replace(path, with: Array(try Files.read(path).prefix(150)), mode: 0o644)
            let error = await #expect(throws: BundleError.self) { try await shelf.install(shelf.wanted(.none)) }
            #expect(error?.isIntegrity == true)
            try expectFirst(shelf, record)
        }
    }

    private func expectFirst(_ shelf: Shelf, _ record: InstallRecord) throws {
        #expect(try Folders.names(in: "\(shelf.root)/tool") == [".records", "1.0", "current"])
        #expect(try shelf.store.currentVersion("tool") == "1.0")
        #expect(shelf.store.record("tool", "1.0") == record)
        #expect(try shelf.drift() == nil)
        #expect(try shelf.downloads == [])
    }

    // MARK: Again

    @Test func `installing again in the same place repairs it`() async throws {
        try await Shelf.with { shelf async throws in
            try await shelf.installFirst()
            try Files.replace("\(shelf.root)/tool/1.0/bin/tool", with: Array("evil".utf8), mode: 0o755)
            try Files.remove("\(shelf.root)/tool/1.0/share/data")
            #expect(try shelf.drift() != nil)
            try await shelf.install(shelf.wanted(.none))
            #expect(try shelf.drift() == nil)
            #expect(try shelf.text("current/bin/tool") == "#!/bin/sh\n")
        }
    }

    @Test func `what a killed run left is removed by the next`() async throws {
        try await Shelf.with { shelf async throws in
            try Folders.make("\(shelf.root)/tool/.staging-bundle-1/deep", mode: 0o755)
            try Files.replace("\(shelf.root)/tool/.staging-bundle-1/deep/f", with: [], mode: 0o400)
            try Files.setMode("\(shelf.root)/tool/.staging-bundle-1/deep", 0o500)
            try await shelf.installFirst()
            #expect(try Folders.names(in: "\(shelf.root)/tool") == [".records", "1.0", "current"])
        }
    }

    @Test func `a tree without a record counts as not installed`() async throws {
        try await Shelf.with { shelf async throws in
            try await shelf.installFirst()
            for text in ["", "{", "null"] {
                try Files.replace("\(shelf.root)/tool/.records/1.0.json", with: Array(text.utf8), mode: 0o644)
                #expect(shelf.store.record("tool", "1.0") == nil)
            }
            try await shelf.install(shelf.wanted(.none))
            #expect(try shelf.drift() == nil)
        }
    }
}
