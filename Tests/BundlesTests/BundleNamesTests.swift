import Archives
import Digests
import Platform
import Testing
import Transfer

@testable import Bundles

/// A bundle's names are bytes, from the folder that is packed to the version that is installed.
@Suite struct BundleNamesTests {
    private static let names = [
        "e\u{301}", "\u{e9}", "\u{1112}\u{1161}\u{11ab}", "\u{d55c}", "\u{212b}", "A\u{30a}", "d\u{301}/\u{338}x",
    ]

    @Test func `names that look alike are packed, verified, installed and listed as the files they are`() async throws {
        try await with { shelf async throws in
            let tree = "\(shelf.top)/tree"
            let packed = try pack(tree, "1.0", to: "\(shelf.top)/b.tar.zst")
            #expect(packed.manifest.files.map { PathBytes($0.path) } == Self.names.map { PathBytes($0) }.sorted())
            #expect(try BundleVerification.of(packed.path, scratch: shelf.top, limits: .init()).findings == [])
            let record = try await install(packed, shelf)
            try expect("\(shelf.root)/tool/1.0")
            #expect(try record.drift(in: "\(shelf.root)/tool/1.0") == nil)
            #expect(try Folders.entries(in: PathBytes("\(shelf.root)/tool/1.0")).count == 8)
            // The one that looks like it stays.
            try Files.remove("\(shelf.root)/tool/1.0/\(Self.names[0])")
            #expect(try record.drift(in: "\(shelf.root)/tool/1.0") == "\(Self.names[0]) is missing")
        }
    }

    @Test func `a tar of the tree, as other programs write it, is installed by the same manifest`() async throws {
        try await with { shelf async throws in
            let packed = try pack("\(shelf.top)/tree", "1.0", to: "\(shelf.top)/b.tar.zst")
            for format in ["pax", "gnu"] {
                try await shell(
                    """
                    mkdir \(format); zstd -qdc b.tar.zst | tar -xC \(format)
                    tar --format=\(format) -C \(format) -cf \(format).tar .; gzip \(format).tar
                    """, shelf)
                let path = "\(shelf.top)/\(format).tar.gz"
                let found = try BundleVerification.of(path, scratch: shelf.top, limits: .init())
                #expect(found.findings == [] && found.files == packed.manifest.files.count)
            }
        }
    }

    @Test func `a delta knows one from the other`() async throws {
        try await with { shelf async throws in
            let old = try pack("\(shelf.top)/tree", "1.0", to: "\(shelf.top)/old.tar.zst")
            _ = try await install(old, shelf)
            try await shell("printf new > tree/\(Self.names[0]); rm tree/\(Self.names[3])", shelf)
            let new = try pack("\(shelf.top)/tree", "2.0", to: "\(shelf.top)/new.tar.zst")
            let delta = try BundleDelta(from: old.path, to: new.path, scratch: shelf.top).write(to: "\(shelf.top)/d")
            let source = ArchiveSource(try SourceURL("file://\(delta.path)"), .digest(delta.digest))
            let fetcher = ArchiveFetcher(Downloader(), downloads: "\(shelf.top)/downloads")
            _ = try await shelf.store.install(wanted(new), delta: source, fetcher) { _ in }
            let folder = "\(shelf.root)/tool/2.0"
            #expect(try Files.text("\(folder)/\(Self.names[0])") == "new")
            #expect(try Files.text("\(folder)/\(Self.names[1])") == Self.names[1])
            #expect(try Folders.entries(in: PathBytes(folder)).count == 7)
        }
    }

    @Test(arguments: [
        (#"printf x > "tree/$(printf 'caf\351')""#, "caf\\xE9"),
        (#"mkdir -p "tree/d/$(printf '\351')""#, "d/\\xE9"), (#"ln -s "$(printf '\351')" tree/l"#, "tree/l"),
    ])
    func `a name that is no UTF-8 is refused by name, and nothing is written`(line: String, name: String) async throws {
        try await with { shelf async throws in
            try await shell(line, shelf)
            let error = try #require(
                #expect(throws: BundleError.self) {
                    try pack("\(shelf.top)/tree", "1.0", to: "\(shelf.top)/b.tar.zst")
                })
            #expect(error.explanation.summary.contains(name) && error.explanation.summary.contains("no UTF-8"))
            #expect(error.isIntegrity && !error.explanation.hint.contains("nothing of this one"))
            #expect(try Folders.names(in: shelf.top).contains { $0.hasPrefix("b.tar") } == false)
        }
    }

    @Test func `an archive without a manifest keeps such a name, and tells when the file changed`() async throws {
        try await with { shelf async throws in
            try await shell(#"mkdir t; printf x > "t/$(printf 'caf\351')"; tar -C t -czf latin.tar.gz ."#, shelf)
            let fetcher = ArchiveFetcher(Downloader(), downloads: "\(shelf.top)/downloads")
            let source = ArchiveSource(try SourceURL("file://\(shelf.top)/latin.tar.gz"), .none)
            let (place, name) = ("\(shelf.top)/latin", PathBytes([0x63, 0x61, 0x66, 0xe9]))
            let record = try await ArchiveInstall(fetcher, source)
                .run(at: place, version: "1", record: "\(shelf.top)/latin.json") { _ in }
            #expect(try Folders.entries(in: PathBytes(place)) == [name])
            #expect(try record.drift(in: place) == nil)
            try await shell("printf yy > latin/caf*", shelf)
            #expect(try record.drift(in: place) == "caf\\xE9 has another length")
        }
    }

    // MARK: What is not wanted

    @Test func `without a name it says which options give one`() async throws {
        try await with { shelf async throws in
            let packer = BundlePacker("\(shelf.top)/tree", .init(), sourceDate: nil)
            let error = #expect(throws: BundleError.self) { try packer.run(to: "\(shelf.top)/b.tar.zst") }
            #expect(error?.explanation.hint.contains("--name NAME and --bundle-version VERSION") == true)
        }
    }

    @Test func `a bundle of another name says which two names do not fit`() async throws {
        try await with { shelf async throws in
            let packed = try pack("\(shelf.top)/tree", "1.0", to: "\(shelf.top)/b.tar.zst", name: "other")
            let error = await #expect(throws: BundleError.self) { _ = try await install(packed, shelf) }
            #expect(error?.explanation.problem == "is the bundle \"other\", not \"tool\"")
            #expect(error?.explanation.hint.contains("--name tool") == true && error?.isIntegrity == true)
        }
    }

    // MARK: Bench

    private func pack(
        _ tree: String, _ version: String, to path: String, name: String = "tool"
    ) throws -> BundlePacker.Packed {
        var identity = BundlePacker.Identity()
        (identity.name, identity.version) = (name, version)
        return try BundlePacker(tree, identity, sourceDate: nil).run(to: path)
    }

    private func wanted(_ packed: BundlePacker.Packed) throws -> WantedBundle {
        WantedBundle(
            name: "tool", source: ArchiveSource(try SourceURL("file://\(packed.path)"), .digest(packed.digest)),
            version: nil, architecture: "x86_64", expectedFiles: [], limits: .init())
    }

    private func install(_ packed: BundlePacker.Packed, _ shelf: Shelf) async throws -> InstallRecord {
        let fetcher = ArchiveFetcher(Downloader(), downloads: "\(shelf.top)/downloads")
        return try await shelf.store.install(wanted(packed), fetcher) { _ in }
    }

    private func expect(_ folder: String) throws {
        for name in Self.names { #expect(try Files.text("\(folder)/\(name)") == name) }
    }

    private func with(_ body: (Shelf) async throws -> Void) async throws {
        // The writer of archives knows the locale's encoding, which the programs set first of all.
        ProcessStart.prepare()
        try await Shelf.with { shelf async throws in
            for name in Self.names {
                let path = "\(shelf.top)/tree/\(name)"
                try Folders.make(Files.folder(of: path))
                try Files.replace(path, with: Array(name.utf8), mode: 0o644)
            }
            try await body(shelf)
        }
    }

    private func shell(_ line: String, _ shelf: Shelf) async throws {
        let result = try await Subprocess.run(
            Command("/bin/bash", ["-euc", line], workingDirectory: shelf.top), timeout: .seconds(300))
        try #require(result.succeeded, "\(result.errors)")
    }
}
