import Archives
import Platform
import Testing
import Transfer

@testable import Bundles

/// A server that brings an old version back.
@Suite struct NewestSeenTests {
    @Test
    func `the newest version that came from an address is remembered when it is gone, and for each address apart`()
        async throws
    {
        try await Shelf.with { shelf async throws in
            let store = shelf.store
            #expect(try store.newestSeen("tool", namedBy: "https://h/latest.json") == nil)
            for version in ["1.9", "1.10", "1.2"] {
                try store.noteSeen(try await installed(version, "https://h/latest.json", shelf), of: "tool")
            }
            try store.noteSeen(try await installed("0.3", "https://h/other.json", shelf), of: "tool")
            for version in ["1.9", "1.10", "1.2"] { try store.remove("tool", version) }
            #expect(try store.newestSeen("tool", namedBy: "https://h/latest.json") == "1.10")
            #expect(try store.newestSeen("tool", namedBy: "https://h/other.json") == "0.3")
            // Somebody on the host may start anew.
            try Files.remove(store.seenPath("tool"))
            #expect(try store.newestSeen("tool", namedBy: "https://h/latest.json") == nil)
        }
    }

    @Test func `it is remembered where the versions lay before, and written down anew where they lie now`() async throws
    {
        try await Shelf.with { shelf async throws in
            let address = "https://h/latest.json"
            try shelf.store.noteSeen(try await installed("2.0", address, shelf), of: "tool")
            let place = "\(shelf.top)/own"
            let moved = BundleStore(
                root: shelf.root, places: ["tool": place], former: ["tool": [shelf.store.folder("tool")]])
            #expect(try moved.newestSeen("tool", namedBy: address) == "2.0")
            try Folders.make(BundleStore.records(in: place))
            try moved.noteSeen(try #require(shelf.store.record("tool", "2.0")), of: "tool")
            try shelf.store.remove(in: shelf.store.folder("tool"))
            #expect(try moved.newestSeen("tool", namedBy: address) == "2.0")
        }
    }

    @Test func `what was installed counts though a run was cut off before it wrote it down, or it was damaged`()
        async throws
    {
        try await Shelf.with { shelf async throws in
            _ = try await installed("2.0", "https://h/latest.json", shelf)
            #expect(try shelf.store.newestSeen("tool", namedBy: "https://h/latest.json") == "2.0")
            try Files.replace(shelf.store.seenPath("tool"), with: Array("{".utf8), mode: 0o644)
            #expect(try shelf.store.newestSeen("tool", namedBy: "https://h/latest.json") == "2.0")
        }
    }

    @Test(arguments: [
        ("2.0", "2.0", true), ("2.0", "2.0.1", true), ("2.0", "10.0", true), ("2.0", "1.9.9", false),
        ("2.0", "2.0-rc.1", false), ("2.0", "v1", false), ("2026.11.27", "2026.11.26", false),
        ("2.0", "3f2a91c", true), ("2.0", "nightly", true),
    ])
    func `what is older is refused, and what has no order is not compared`(seen: String, found: String, isTaken: Bool) {
        let least = LeastVersion(version: seen, path: "/b/.records/.newest-seen")
        if isTaken {
            #expect(throws: Never.self) { try least.accept(found, from: "https://h/x") }
        } else {
            let refused = BundleError.replayed(url: "https://h/x", version: found, seen: seen, record: least.path)
            #expect(refused.isIntegrity)
            #expect(throws: refused) { try least.accept(found, from: "https://h/x") }
        }
    }

    @Test func `one that says no version is refused where one with a version was seen`() {
        #expect(throws: BundleError.self) {
            try LeastVersion(version: "2.0", path: "/p").accept(nil, from: "https://h/x")
        }
    }

    @Test func `an archive that is older than its file of releases says is refused, and not put in its place`()
        async throws
    {
        try await Shelf.with { shelf async throws in
            let digest = try await shelf.publish(manifest: Shelf.manifest(version: "1.0"))
            let least = LeastVersion(version: "2.0", path: shelf.store.seenPath("tool"))
            let wanted = WantedBundle(
                name: "tool", source: ArchiveSource(try shelf.url(), .announced(digest)), version: nil, least: least,
                architecture: "x86_64", expectedFiles: [], limits: .init())
            let refused = BundleError.replayed(
                url: try shelf.url().description, version: "1.0", seen: "2.0", record: least.path)
            await #expect(throws: refused) { try await shelf.install(wanted) }
            #expect(shelf.store.record("tool", "1.0") == nil)
        }
    }

    private func installed(_ version: String, _ address: String, _ shelf: Shelf) async throws -> InstallRecord {
        let digest = try await shelf.publish(manifest: Shelf.manifest(version: version))
        var source = ArchiveSource(try shelf.url(), .announced(digest))
        source.manifest = address
        return try await shelf.install(
            WantedBundle(
                name: "tool", source: source, version: nil, architecture: "x86_64", expectedFiles: [], limits: .init()))
    }
}
