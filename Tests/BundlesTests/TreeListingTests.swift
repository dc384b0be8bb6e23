import Archives
import Digests
import Platform
import Testing

@testable import Bundles

@Suite struct TreeListingTests {
    static let digest = Digest.of("x".utf8)
    static let entries = [
        UnpackedEntry(path: "bin", kind: .folder, mode: 0o755),
        UnpackedEntry(path: "bin/tool", kind: .file(size: 1 << 40, digest: digest), mode: 0o4755, modified: 1),
        UnpackedEntry(path: "old", kind: .file(size: 0, digest: digest), mode: 0, modified: -1_500_000_000),
        UnpackedEntry(path: "timeless", kind: .file(size: 3, digest: digest), mode: 0o644),
        UnpackedEntry(
            path: "a b\n#c=d\\e*[?]/Größe\u{1}\u{7f}", kind: .file(size: 1, digest: digest), mode: 0o600, modified: 0),
        UnpackedEntry(path: "e\u{301}", kind: .folder, mode: 0o755),
        UnpackedEntry(path: "é", kind: .folder, mode: 0o755),
        UnpackedEntry(path: PathBytes([0x63, 0xe9]), kind: .link(target: PathBytes([0xe9])), mode: 0o777),
        UnpackedEntry(path: "link", kind: .link(target: "../a b\\#=\n"), mode: 0o777),
    ]

    @Test func `every entry is read as it was written, whatever bytes its name has`() async throws {
        try await with(Self.entries) { (listing) throws in
            #expect(try read(listing) == Self.entries)
        }
    }

    @Test func `more than a buffer holds is read to its end`() async throws {
        let many = (0..<5000).map { number in
            UnpackedEntry(
                path: PathBytes("\(String(repeating: "ü", count: number % 500))\(number)"), kind: .folder, mode: 0o755)
        }
        try await with(many) { (listing) throws in
            #expect(try read(listing) == many)
        }
    }

    @Test func `a copy has the modes that were given since`() async throws {
        try await with(Self.entries) { (listing) throws in
            let other = TreeListing(path: "\(listing.path).copy")
            let (count, bytes) = try listing.copy(to: other.path, modes: ["bin/tool": 0o700, "absent": 0])
            #expect(count == Self.entries.count && bytes == (1 << 40) + 4)
            var wanted = Self.entries
            wanted[1] = wanted[1].with(mode: 0o700)
            #expect(try read(other) == wanted)
        }
    }

    @Test func `of entries that came again the last is listed`() async throws {
        let first = UnpackedEntry(path: "f", kind: .file(size: 1, digest: Self.digest), mode: 0o600)
        let last = UnpackedEntry(path: "f", kind: .file(size: 2, digest: Self.digest), mode: 0o644)
        try await with([first] + Self.entries + [last, first, last], dropping: ["f": 3]) { (listing) throws in
            #expect(try read(listing) == Self.entries + [last])
        }
    }

    @Test(arguments: [
        "./a", "./a type=other mode=0644", "a type=dir mode=0755", "./a type=dir", "./a type=dir mode=9",
        "./a type=link",
        "./a type=file mode=0644 size=1", "./a type=file mode=0644 size=x sha256digest=00",
        "./a\\9 type=dir mode=0755", "./a\\77 type=dir mode=0755", "./a type dir",
        "./a type=file mode=0644 size=1 sha256digest=\(digest.hex) time=1",
        "./a type=file mode=0644 size=1 sha256digest=\(digest.hex) time=99999999999999999.000000000",
        "./cut type=dir mode=0755", "endless",
    ])
    func `a line that makes no sense is damage`(line: String) async throws {
        try await with(Array(Self.entries[..<2])) { (listing) throws in
            let tail =
                switch line {
                case "./cut type=dir mode=0755": line
                case "endless": String(repeating: "x", count: 100_000)
                default: "\(line)\n"
                }
            try Files.replace(listing.path, with: try Files.read(listing.path) + Array(tail.utf8), mode: 0o600)
            var reader = try listing.reader()
            while try reader.next() != nil {}
            let (isDamaged, count) = (reader.isDamaged, reader.count)
            #expect(isDamaged)
            #expect(count == 2)
        }
    }

    @Test func `an installed tree's listing that lost lines, or is gone, is drift`() async throws {
        try await Shelf.with { shelf async throws in
            try await shelf.installFirst()
            let path = "\(shelf.root)/tool/.records/1.0.mtree"
            let lines = try #require(try Files.text(path)).split(separator: "\n").map { "\($0)\n" }
            try Files.replace(path, with: Array(lines.dropLast().joined().utf8), mode: 0o644)
            #expect(try shelf.drift() == "the listing of what was installed is damaged")
            try Files.remove(path)
            #expect(try shelf.drift() == "the listing of what was installed is missing")
            try await shelf.install(shelf.wanted(.none))
            #expect(try shelf.drift() == nil)
        }
    }

    @Test(.enabled(if: Files.isAccessible("/usr/bin/bsdtar", 1), "needs bsdtar to read mtree(5) independently"))
    func `other programs read it`() async throws {
        try await Shelf.with { shelf async throws in
            try await shelf.installFirst()
            let result = try await Subprocess.run(
                Command(
                    "/usr/bin/bsdtar", ["-tf", "\(shelf.root)/tool/.records/1.0.mtree"],
                    workingDirectory: "\(shelf.root)/tool/1.0"))
            let names = Set(result.output.split(separator: "\n").map { $0.drop { "./".contains($0) } })
            #expect(names == ["bin", "bin/tool", "share", "share/data", "manifest.json"], "\(result.errors)")
        }
    }

    private func with(
        _ entries: [UnpackedEntry], dropping: [PathBytes: Int] = [:], _ body: (TreeListing) throws -> Void
    ) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/bundles-tests-")
        defer { try? Folders.removeTree(folder) }
        let listing = TreeListing(path: "\(folder)/listing")
        let writer = try TreeListingWriter(listing.path)
        for entry in entries { try writer.add([entry]) }
        try writer.finish(dropping: dropping)
        try body(listing)
    }

    private func read(_ listing: TreeListing) throws -> [UnpackedEntry] {
        var reader = try listing.reader()
        var entries: [UnpackedEntry] = []
        while let entry = try reader.next() { entries.append(entry) }
        let isDamaged = reader.isDamaged
        #expect(!isDamaged)
        return entries
    }
}
