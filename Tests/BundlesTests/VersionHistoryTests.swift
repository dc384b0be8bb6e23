import Platform
import Testing

@testable import Bundles

@Suite struct VersionHistoryTests {
    @Test func `the last healthy version is the one that proved itself last and is not in use`() async throws {
        try await Shelf.with { shelf async throws in
            let store = shelf.store
            try await install(["1.0", "2.0", "3.0", "4.0"], shelf)
            try await prove(["1.0", "3.0", "2.0"], store)
            try store.use("tool", "4.0")
            #expect(try store.otherHealthyVersions("tool") == ["2.0", "3.0", "1.0"])
            try store.use("tool", "2.0")
            #expect(try store.otherHealthyVersions("tool") == ["3.0", "1.0"])
            try store.markUnhealthy("tool", "3.0")
            #expect(try store.otherHealthyVersions("tool") == ["1.0"])
            #expect(try store.healthySince("tool", "3.0") == nil)
        }
    }

    @Test func `the version before is remembered across switches, and switching to the same changes nothing`()
        async throws
    {
        try await Shelf.with { shelf async throws in
            let store = shelf.store
            try await install(["1.0", "2.0"], shelf)
            #expect(try store.previousVersion("tool") == nil)
            try store.use("tool", "1.0")
            #expect(try store.previousVersion("tool") == nil)
            try store.use("tool", "2.0")
            try store.use("tool", "2.0")
            #expect(try store.previousVersion("tool") == "1.0")
        }
    }

    @Test(arguments: [
        (keep: 2, left: ["3.0", "5.0", "6.0"]), (keep: 3, left: ["3.0", "4.0", "5.0", "6.0"]),
        (keep: 100, left: ["1.0", "2.0", "3.0", "4.0", "5.0", "6.0"]),
    ])
    func `clean-up keeps the last healthy versions, the one in use and the one before`(keep: Int, left: [String])
        async throws
    {
        try await Shelf.with { shelf async throws in
            let store = shelf.store
            try await install(["1.0", "2.0", "3.0", "4.0", "5.0", "6.0"], shelf)
            try await prove(["1.0", "2.0", "3.0", "4.0", "5.0"], store)
            for version in ["5.0", "3.0", "6.0"] { try store.use("tool", version) }
            for version in try store.superfluousVersions("tool", keep: keep) { try store.remove("tool", version) }
            #expect(try store.versions("tool", archive: nil).map(\.version).sorted() == left)
            #expect(try Folders.names(in: "\(shelf.root)/tool") == [".records"] + left + ["current"])
            #expect(try store.superfluousVersions("tool", keep: keep) == [])
        }
    }

    @Test func `a version that never proved itself goes, unless it is in use or was before`() async throws {
        try await Shelf.with { shelf async throws in
            let store = shelf.store
            try await install(["1.0", "2.0", "3.0", "4.0"], shelf)
            try await prove(["1.0", "4.0"], store)
            try store.use("tool", "2.0")
            try store.use("tool", "4.0")
            #expect(try store.superfluousVersions("tool", keep: 3) == ["3.0"])
        }
    }

    @Test func `what was rolled back from stays, until the config leads to a third version`() async throws {
        try await Shelf.with { shelf async throws in
            let store = shelf.store
            try await install(["1.0", "2.0", "3.0"], shelf)
            try await prove(["1.0"], store)
            try store.use("tool", "2.0")
            let bad = try #require(store.record("tool", "2.0"))
            try store.pin("tool", to: "1.0", insteadOf: bad, because: "no answer")
            try store.use("tool", "1.0")
            let pin = try #require(store.pin("tool"))
            #expect(pin.version == "1.0" && pin.insteadOf == "2.0" && pin.reason == "no answer")
            #expect(pin.standsIn(for: bad))
            #expect(try store.superfluousVersions("tool", keep: 2) == ["3.0"])
            try store.use("tool", "3.0")
            #expect(store.pin("tool") == nil)
            try store.unpin("tool")
        }
    }

    @Test func `another archive of the same version is another one, and has to prove itself`() async throws {
        try await Shelf.with { shelf async throws in
            let store = shelf.store
            try await install(["1.0", "2.0"], shelf)
            try await prove(["1.0", "2.0"], store)
            let old = try #require(store.record("tool", "2.0"))
            try store.pin("tool", to: "1.0", insteadOf: old)
            let items = [Shelf.Item(path: "bin/tool", content: "mended", mode: 0o755)]
            try await shelf.publish("tool.tar.gz", items, manifest: Shelf.manifest(items, version: "2.0"))
            try await shelf.install(shelf.wanted(.none))
            let mended = try #require(store.record("tool", "2.0"))
            #expect(store.pin("tool")?.standsIn(for: old) == true && store.pin("tool")?.standsIn(for: mended) == false)
            #expect(try store.healthySince("tool", "2.0") == nil && store.healthySince("tool", "1.0") != nil)
        }
    }

    @Test func `a pin from before digests were written down stands for its version`() async throws {
        try await Shelf.with { shelf async throws in
            try await install(["1.0"], shelf)
            let text = #"{"version":"0.9","instead_of":"1.0","since":"2026-01-01T00:00:00Z"}"#
            try Files.replace("\(shelf.root)/tool/.records/.pin", with: Array(text.utf8), mode: 0o644)
            let record = try #require(shelf.store.record("tool", "1.0"))
            #expect(shelf.store.pin("tool")?.standsIn(for: record) == true)
        }
    }

    @Test(arguments: ["", "{", "null", "{\"version\": 1}"])
    func `a pin that cannot be read stands for nothing`(text: String) async throws {
        try await Shelf.with { shelf async throws in
            try await install(["1.0"], shelf)
            try Files.replace("\(shelf.root)/tool/.records/.pin", with: Array(text.utf8), mode: 0o644)
            #expect(shelf.store.pin("tool") == nil)
        }
    }

    @Test func `a folder in the link's place is moved aside`() async throws {
        try await Shelf.with { shelf async throws in
            try await install(["1.0"], shelf)
            try Folders.make("\(shelf.root)/tool/current/mine")
            try shelf.store.use("tool", "1.0")
            #expect(try shelf.store.currentVersion("tool") == "1.0")
            let aside = try Folders.names(in: "\(shelf.root)/tool").first { $0.hasPrefix("current.moved-aside-") }
            #expect(try FileStatus.of("\(shelf.root)/tool/\(aside ?? "")/mine")?.kind == .folder)
        }
    }

    private func install(_ versions: [String], _ shelf: Shelf) async throws {
        for version in versions {
            try await shelf.publish(manifest: Shelf.manifest(version: version))
            try await shelf.install(shelf.wanted(.none))
        }
    }

    /// In this order; times are told in milliseconds.
    private func prove(_ versions: [String], _ store: BundleStore) async throws {
        for version in versions {
            try store.markHealthy("tool", version)
            try await Task.sleep(for: .milliseconds(3))
        }
    }
}
