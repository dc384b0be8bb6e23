import Archives
import Digests
import Platform
import Testing
import Transfer

@testable import Bundles

/// Two versions of a bundle, the first installed, and what leads from it to the second.
@Suite struct BundleDeltaTests {
    @Test func `a delta makes of the old version exactly what the whole new bundle is`() async throws {
        try await with { bench async throws in
            let packed = try bench.delta()
            #expect(packed.size * 10 < (try FileStatus.of(bench.path("new.tar.zst"))?.size ?? 0))
            let record = try await bench.install(.digest(packed.digest))
            #expect(record.version == "2.0" && record.archiveDigest == bench.whole.hex)
            let made = try await bench.listing("store/tool/2.0")
            try await bench.shell("mkdir whole; zstd -qdc new.tar.zst | tar -xC whole")
            #expect(try await bench.listing("whole") == made)
            #expect(try record.drift(in: bench.path("store/tool/2.0")) == nil)
            // The old version is as it was, and shares no file with the new one.
            #expect(try bench.shelf.store.record("tool", "1.0")?.drift(in: bench.path("store/tool/1.0")) == nil)
            #expect(
                try FileStatus.of(bench.path("store/tool/1.0/same"))?.inode
                    != FileStatus.of(bench.path("store/tool/2.0/same"))?.inode)
            #expect(try Folders.names(in: bench.path("store/tool")).filter { $0.hasPrefix(".staging") } == [])
        }
    }

    @Test func `a delta that was made for another archive, or of a tree, does not stand for this one`() async throws {
        try await with { bench async throws in
            try await bench.shell("mkdir t2; zstd -qdc new.tar.zst | tar -xC t2")
            let delta = BundleDelta(from: bench.path("old.tar.zst"), to: bench.path("t2"), scratch: bench.shelf.top)
            let packed = try delta.write(to: bench.path("d"))
            let error = await #expect(throws: BundleError.self) { try await bench.install(.digest(packed.digest)) }
            #expect(error?.explanation.summary.contains("does not stand for the archive") == true)
        }
    }

    @Test func `an old tree and an old archive give the same delta, byte for byte`() async throws {
        try await with { bench async throws in
            let first = try bench.delta().digest
            try await bench.shell(
                "mkdir t1; zstd -qdc old.tar.zst | tar -xC t1; touch t1/same")
            let delta = BundleDelta(from: bench.path("t1"), to: bench.path("new.tar.zst"), scratch: bench.shelf.top)
            #expect(try delta.write(to: bench.path("d2")).digest == first)
        }
    }

    @Test(arguments: [
        ("echo x >>store/tool/1.0/same", "has other content"), ("rm store/tool/1.0/same", "same"),
        ("echo ' ' >>store/tool/1.0/manifest.json", "is not installed"), ("rm -r store/tool/1.0", "is not installed"),
    ])
    func `without the parent as it was nothing comes of it`(damage: String, words: String) async throws {
        try await with { bench async throws in
            let packed = try bench.delta()
            try await bench.shell(damage)
            let error = await #expect(throws: BundleError.self) { try await bench.install(.digest(packed.digest)) }
            #expect(error?.explanation.summary.contains(words) == true, "\(String(describing: error))")
            #expect(try FileStatus.of(bench.path("store/tool/2.0")) == nil)
            #expect(try Folders.names(in: bench.path("store/tool")).filter { $0.hasPrefix(".staging") } == [])
        }
    }

    @Test func `wrong bytes, another bundle's delta and a bundle that is none are refused`() async throws {
        try await with { bench async throws in
            let packed = try bench.delta()
            await #expect(throws: BundleError.self) { try await bench.install(.digest(.of([1]))) }
            await #expect(throws: BundleError.self) { try await bench.install(.digest(packed.digest), name: "other") }
            try Files.rename(bench.path("new.tar.zst"), to: bench.path("d"))
            let error = await #expect(throws: BundleError.self) { try await bench.install(.digest(bench.whole)) }
            #expect(error?.explanation.summary.contains("is no delta") == true)
        }
    }

    @Test(arguments: [
        ("mv tree 2.0; ln -s 2.0 tree", "its tree is no folder"), ("rm -r tree; echo x >tree", "its tree is no folder"),
        ("mv new-manifest.json m; ln -s m new-manifest.json", "its manifest no file"),
        ("ln -s ../m tree/out", "\"out\": it points outside"), ("ln -s ../../m tree/bin/out", "\"bin/out\": it points"),
    ])
    func `what a delta may hold and a bundle may not does not get into one`(change: String, words: String) async throws
    {
        try await with { bench async throws in
            _ = try bench.delta()
            try await bench.shell(
                "mkdir x; zstd -qdc d | tar -xC x; cd x; rm manifest.json; \(change); tar -c * | zstd -q >../d2; mv ../d2 ../d"
            )
            let changed = try FileDigest.of(bench.path("d"))
            let error = await #expect(throws: BundleError.self) { try await bench.install(.digest(changed)) }
            #expect(error?.explanation.summary.contains(words) == true, "\(String(describing: error))")
            #expect(try FileStatus.of(bench.path("store/tool/2.0")) == nil)
        }
    }

    @Test func `only versions of one bundle that are as they say are compared`() async throws {
        try await with { bench async throws in
            try await bench.shell("mkdir t1; zstd -qdc old.tar.zst | tar -xC t1; echo x >t1/same")
            for (old, new) in [("t1", "new.tar.zst"), ("none", "new.tar.zst"), ("old.tar.zst", "a")] {
                #expect(throws: BundleError.self) {
                    try BundleDelta(from: bench.path(old), to: bench.path(new), scratch: bench.shelf.top).write(
                        to: bench.path("d"))
                }
            }
            #expect(try FileStatus.of(bench.path("d")) == nil)
            #expect(try Folders.names(in: bench.shelf.top).filter { $0.hasPrefix(".host-bootstrap") } == [])
        }
    }

    private struct Bench {
        let shelf: Shelf
        let whole: Digest
        func path(_ name: String) -> String { "\(shelf.top)/\(name)" }

        func delta() throws -> BundlePacker.Packed {
            try BundleDelta(from: path("old.tar.zst"), to: path("new.tar.zst"), scratch: shelf.top).write(to: path("d"))
        }

        func install(_ verification: ArchiveSource.Verification, name: String = "tool") async throws -> InstallRecord {
            let wanted = WantedBundle(
                name: name, source: ArchiveSource(try SourceURL("file://\(path("new.tar.zst"))"), .digest(whole)),
                version: nil, architecture: "x86_64", expectedFiles: ["bin/tool"], limits: .init())
            let once = RetryPolicy(attempts: 1, budget: .seconds(600), firstDelay: .zero)
            return try await shelf.store.install(
                wanted, delta: ArchiveSource(try SourceURL("file://\(path("d"))"), verification),
                ArchiveFetcher(Downloader(policy: once), downloads: path("downloads"))
            ) { _ in }
        }

        func listing(_ folder: String) async throws -> String {
            try await shell(
                "cd \(folder); find . -printf '%P %y %m %l ' \\( -type f -exec sha256sum {} \\; -o -printf '\\n' \\) | sort"
            )
        }

        @discardableResult
        func shell(_ line: String) async throws -> String {
            let result = try await Subprocess.run(
                Command("/bin/bash", ["-euc", line], workingDirectory: shelf.top), timeout: .seconds(300))
            try #require(result.succeeded, "\(result.errors)")
            return result.output
        }
    }

    private func with(_ body: (Bench) async throws -> Void) async throws {
        try await Shelf.with { shelf async throws in
            var bench = Bench(shelf: shelf, whole: .of([]))
            try await bench.shell(
                """
                mkdir -p a/bin a/gone a/deep; head -c 3000000 /dev/urandom >a/same; echo 1 >a/bin/tool; chmod 755 a/bin/tool; echo g >a/gone/f
                echo k >a/deep/kept; ln -s tool a/bin/link
                cp -a a b; echo 2 >b/bin/tool; rm -r b/gone; mkdir b/fresh; echo n >b/fresh/f; chmod 600 b/deep/kept; ln -sfn kept b/deep/link
                """)
            var digests: [Digest] = []
            for (folder, version, file) in [("a", "1.0", "old.tar.zst"), ("b", "2.0", "new.tar.zst")] {
                var identity = BundlePacker.Identity()
                (identity.name, identity.version) = ("tool", version)
                digests.append(
                    try BundlePacker(bench.path(folder), identity, sourceDate: nil).run(to: bench.path(file)).digest)
            }
            let fetcher = ArchiveFetcher(Downloader(), downloads: bench.path("downloads"))
            let old = WantedBundle(
                name: "tool",
                source: ArchiveSource(try SourceURL("file://\(bench.path("old.tar.zst"))"), .digest(digests[0])),
                version: nil, architecture: "x86_64", expectedFiles: [], limits: .init())
            _ = try await shelf.store.install(old, fetcher) { _ in }
            bench = Bench(shelf: shelf, whole: digests[1])
            try await body(bench)
        }
    }
}
