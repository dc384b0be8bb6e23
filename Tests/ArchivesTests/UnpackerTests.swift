import Archives
import Compression
import Digests
import Platform
import Testing

@Suite(.enabled(if: Files.isAccessible(Workbench.python, 1), "needs python3 to write archives"))
struct UnpackerTests {
    private static let good = """
        folder("bin"); file("bin/run", b"#!/bin/sh\\n", 0o755); file("lib/deep/er/data", b"data")
        folder("locked", 0o555); file("locked/f", b"in"); link("bin/alias", "run"); link("dangling", "not/there")
        file("empty", b""); folder("hollow", 0o700)

        """

    @Test(arguments: Packing.allCases)
    func `a good archive of every format lies there whole`(packing: Packing) async throws {
        try await Workbench.with(Self.good + #"pack("\#(packing.rawValue)")"#) { bench in
            let listing = try bench.unpack()
            #expect(
                listing.map(\.path) == [
                    "bin", "bin/alias", "bin/run", "dangling", "empty", "hollow", "lib", "lib/deep", "lib/deep/er",
                    "lib/deep/er/data", "locked", "locked/f",
                ])
            #expect(try bench.text("bin/alias") == "#!/bin/sh\n")
            #expect(try bench.mode("bin/run") == 0o755)
            #expect(try bench.text("lib/deep/er/data") == "data")
            #expect(try bench.mode("lib/deep") == 0o755)
            #expect(try bench.text("empty")?.isEmpty == true)
            #expect(try bench.mode("hollow") == 0o700)
            #expect(try Files.linkTarget("\(bench.folder)/dangling") == "not/there")
            let data = try #require(listing.first { $0.path == "lib/deep/er/data" })
            #expect(data.kind == .file(size: 4, digest: .of("data".utf8)))
            #expect(data.mode == 0o644)
        }
    }

    @Test func `a read-only folder is filled, and its owner can still replace it`() async throws {
        try await Workbench.with(#"folder("d", 0o444); file("d/f"); folder("d/e", 0o111); file("d/e/g")"#) { bench in
            try bench.unpack()
            #expect(try bench.text("d/e/g") == "x")
            #expect(try bench.mode("d") == 0o744)
            #expect(try bench.mode("d/e") == 0o711)
        }
    }

    @Test(arguments: Packing.allCases)
    func `names beyond ASCII arrive as they were`(packing: Packing) async throws {
        let lines = #"file("Größe/日本.txt", "é".encode()); link("ssß", "Größe/日本.txt"); pack("\#(packing.rawValue)")"#
        try await Workbench.with(lines) { bench in
            let listing = try bench.unpack()
            #expect(listing.map(\.path) == ["Größe", "Größe/日本.txt", "ssß"])
            #expect(try bench.text("ssß") == "é")
        }
    }

    @Test func `a hard link to a name beyond ASCII is one`() async throws {
        try await Workbench.with(#"file("größe"); hard("härte", "größe")"#) { bench in
            try bench.unpack()
            #expect(try bench.text("härte") == "x")
        }
    }

    @Test func `a folder that follows its content gets its mode all the same`() async throws {
        try await Workbench.with(#"file("d/f"); folder("d", 0o750); folder("d", 0o710)"#) { bench in
            try bench.unpack()
            #expect(try bench.mode("d") == 0o710)
        }
    }

    @Test func `leading parts are dropped, from hard links' targets too`() async throws {
        let lines = """
            folder("node-v1"); file("README"); file("node-v1/bin/node", b"n")
            hard("node-v1/n", "node-v1/bin/node")
            """
        try await Workbench.with(lines) { bench in
            #expect(try bench.unpack(strip: 1).map(\.path) == ["bin", "bin/node", "n"])
            #expect(try bench.text("n") == "n")
            let inodes = try ["bin/node", "n"].map { try FileStatus.of("\(bench.folder)/\($0)")?.inode }
            #expect(inodes[0] != nil && inodes[0] == inodes[1])
        }
    }

    @Test(arguments: Packing.allCases, [0.1, 0.5, 0.9])
    func `a cut archive is refused`(packing: Packing, part: Double) async throws {
        let lines = #"for n in range(5): file(f"f{n}", os.urandom(100000))"# + "\n" + #"pack("\#(packing.rawValue)")"#
        try await Workbench.with(lines) { bench in
            let whole = try #require(try FileStatus.of(bench.archive)).size
            try bench.cut(to: Int(Double(whole) * part))
            let error = #expect(throws: ArchiveError.self) { try bench.unpack() }
            #expect(error?.isIntegrity == true)
        }
    }

    @Test func `a tar cut between two entries is refused`() async throws {
        try await Workbench.with(#"file("a", bytes(512)); file("b", bytes(512))"#) { bench in
            try bench.cut(to: 1024)
            let error = #expect(throws: ArchiveError.self) { try bench.unpack() }
            #expect(error?.isIntegrity == true)
        }
    }

    @Test func `a zip that lost the end of its directory is refused`() async throws {
        try await Workbench.with(#"file("a", b"a", 0o755); link("l", "a"); pack("zip")"#) { bench in
            try bench.cut(to: Int(try #require(try FileStatus.of(bench.archive)).size) - 10)
            let error = #expect(throws: ArchiveError.self) { try bench.unpack() }
            #expect(error?.isIntegrity == true)
        }
    }

    @Test(arguments: ["", "not an archive", String(repeating: "<html>", count: 1000)])
    func `what is no archive is refused`(text: String) async throws {
        try await Workbench.with("") { bench in
            try Files.replace(bench.archive, with: Array(text.utf8), mode: 0o600)
            let error = #expect(throws: ArchiveError.self) { try bench.unpack() }
            #expect(error?.isIntegrity == true)
        }
    }

    @Test func `a stopped run unpacks no further`() async throws {
        try await Workbench.with(#"file("a", bytes(1 << 20)); file("b")"#) { bench in
            #expect(throws: ArchiveError.cancelled(path: bench.archive)) {
                let input = try GrowingFile.complete(bench.archive)
                input.interrupt()
                try Unpacker(input, name: bench.archive, into: bench.folder).run(nil)
            }
            let second = try FileStatus.of("\(bench.folder)/b")
            #expect(second == nil)
        }
    }
}
