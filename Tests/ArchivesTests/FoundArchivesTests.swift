import Archives
import Digests
import Platform
import Testing

/// Archives as people really have them: written twice over, half empty, or by other programs.
@Suite(.enabled(if: Files.isAccessible(Workbench.python, 1), "needs python3 to write archives"))
struct FoundArchivesTests {
    // MARK: Nothing in it

    @Test(arguments: [
        "", #"folder("d")"#, #"folder("d"); link("l", "d")"#, #"pack("gzip")"#, #"pack("zip")"#,
        #"folder("d"); pack("zip")"#, #"folder("d"); pack("zstd")"#,
    ])
    func `an archive without a single file is refused`(lines: String) async throws {
        try await Workbench.with(lines) { (bench) throws in
            #expect(throws: ArchiveError.empty(path: bench.archive)) { try bench.unpack() }
        }
    }

    // MARK: Names that come again

    private static let large = #"b"L" * 300000"#

    @Test(arguments: [
        ("b\"1\"", "b\"22\""), (large, "b\"22\""), ("b\"1\"", large), (large, "b\"M\" * 400000"),
    ])
    func `of a file that comes twice the last is kept, and told of once`(first: String, second: String) async throws {
        for kind in ["tar", "zip"] {
            let lines = """
                file("other"); file("d/f", \(first), 0o600)
                for n in range(300): file(f"d/{n}")
                file("d/f", \(second), 0o755); file("last"); pack("\(kind)")
                """
            try await Workbench.with(lines) { (bench) throws in
                let told = try bench.unpack().filter { $0.path == "d/f" }
                let bytes = try Files.read("\(bench.folder)/d/f")
                #expect(told.last?.kind == .file(size: Int64(bytes.count), digest: .of(bytes)))
                #expect(bytes.last.map { [UInt8(ascii: "2"), 0x4c, 0x4d].contains($0) } == true)
                #expect(bytes.count == (second == "b\"22\"" ? 2 : second == Self.large ? 300_000 : 400_000))
                #expect(try bench.mode("d/f") == 0o755)
            }
        }
    }

    @Test(arguments: [
        (#"file("f", b"1"); file("f", b"2"); file("f", b"3")"#, "3"), (#"file("f", b"1"); file("./f", b"3")"#, "3"),
        (#"file("f", b"1"); file("g", b"3"); hard("f", "g")"#, "3"),
        (#"file("g", b"1"); hard("f", "g"); hard("f", "g")"#, "1"),
        (#"file("f", b"3"); hard("g", "f"); file("g", b"1")"#, "3"),
        (#"file("f", b"3"); link("l", "f"); link("l", "f")"#, "3"),
    ])
    func `plain files, hard links and equal links may come again`(lines: String, text: String) async throws {
        try await Workbench.with(lines) { (bench) throws in
            try bench.unpack()
            #expect(try bench.text("f") == text)
        }
    }

    @Test func `how often a path came again is told`() async throws {
        try await Workbench.with(#"file("f", b"1"); file("g"); file("f", b"2"); file("f", b"3")"#) { (bench) throws in
            #expect(try bench.replaced() == ["f": 2])
        }
    }

    @Test func `a file that tar(1) was given twice is one`() async throws {
        let lines = """
            finish(); top = out + ".tree"; os.mkdir(top)
            with open(top + "/foo", "w") as f: f.write("x")
            subprocess.run(["tar", "-C", top, "-chf", out, "foo", "foo"], check=True)
            os.remove(top + "/foo"); os.rmdir(top)
            """
        try await Workbench.with(lines) { (bench) throws in
            #expect(try bench.unpack().map(\.path) == ["foo"])
            #expect(try bench.text("foo") == "x")
        }
    }

    // MARK: Zips

    /// Changes a whole zip's bytes `z`; `end` is where the record at its end begins, `at` where the directory does.
    private static func zip(_ change: String) -> String {
        """
        import struct
        for n in range(3): file(f"f{n}", b"content")
        pack("zip")
        z = bytearray(open(out, "rb").read()); end = z.rindex(b"PK\\5\\6"); at, = struct.unpack_from("<L", z, end + 16)
        \(change)
        open(out, "wb").write(z)
        """
    }

    @Test(arguments: [
        #"struct.pack_into("<HH", z, end + 8, 5, 5)"#, #"struct.pack_into("<HH", z, end + 8, 2, 2)"#,
        // A directory of which nothing, or only the last part, is found.
        #"struct.pack_into("<LL", z, end + 12, 0, end)"#,
        #"second = z.index(b"PK\1\2", at + 4); struct.pack_into("<LL", z, end + 12, end - second, second)"#,
        #"z[at:at + 4] = b"PK\5\6""#, #"z[at:end] = bytes(end - at)"#, #"z[at + 50] = 0"#,
        #"second = z.index(b"PK\1\2", at + 4); z[second + 42:second + 46] = z[at + 42:at + 46]"#,
        #"del z[end + 10:]"#, #"z[end + 16:end + 20] = b"\xff\xff\xff\x7f""#,
    ])
    func `a zip whose directory does not fit the record at its end is refused`(change: String) async throws {
        try await Workbench.with(Self.zip(change)) { (bench) throws in
            let error = #expect(throws: ArchiveError.self) { try bench.unpack() }
            guard case .damaged? = error else {
                // A changed name is no damage of the directory.
                #expect(change.contains("at + 50"), "\(String(describing: error))")
                return
            }
        }
    }

    @Test(arguments: [
        ("z[end + 20:end + 22] = b\"\\3\\0\"; z += b\"end\"", 3), ("pass", 3),
        (
            #"subprocess.run("zip -q - f0 f1 | cat > " + out, shell=True, cwd=top, check=True); z = open(out, "rb").read()"#,
            2
        ),
    ])
    func `a zip with a comment, or one written into a pipe, is whole`(change: String, count: Int) async throws {
        let files =
            "top = out + \".d\"; os.mkdir(top); [open(top + f\"/f{n}\", \"w\").write(\"content\") for n in range(2)]"
        let lines = Self.zip("\(files)\n\(change)\nimport shutil; shutil.rmtree(top)")
        try await Workbench.with(lines) { (bench) throws in
            #expect(try bench.unpack().count == count)
            #expect(try bench.text("f1") == "content")
        }
    }

    @Test func `a zip of more entries than its short record can count is whole`() async throws {
        let lines = """
            finish()
            with zipfile.ZipFile(out, "w") as z:
                for n in range(66000): z.writestr(zipfile.ZipInfo(f"d/{n}"), b"")
            """
        try await Workbench.with(lines) { (bench) throws in
            #expect(try bench.unpack().count == 66001)
        }
    }

    @Test func `a zip with more entries than the limit is refused`() async throws {
        try await Workbench.with(Self.zip("pass")) { (bench) throws in
            var limits = Unpacker.Limits()
            limits.entries = 2
            #expect(throws: ArchiveError.tooManyEntries(path: bench.archive, limit: 2)) {
                try bench.unpack(limits: limits)
            }
        }
    }

    @Test(arguments: [
        (#"z[at + 10] = 9; z[8] = 9"#, "Deflate64", "Deflate"),
        (#"z[at + 10] = 97; z[8] = 97"#, "method 97", "Deflate"),
        (#"z[at + 8] |= 1; z[6] |= 1"#, "encrypted", "password"),
        (#"struct.pack_into("<HHHH", z, end + 4, 1, 1, 3, 3)"#, "one part of several", "zip -s 0"),
    ])
    func `what is sound and not read here says how to pack it`(change: String, what: String, remedy: String)
        async throws
    {
        try await Workbench.with(Self.zip(change)) { (bench) throws in
            let error = try #require(#expect(throws: ArchiveError.self) { try bench.unpack() })
            guard case .unsupported = error else {
                Issue.record("\(error)")
                return
            }
            #expect(error.isIntegrity && error.explanation.problem.contains(what))
            #expect(error.explanation.hint.contains(remedy))
        }
    }

    // MARK: Compression

    @Test(arguments: ["gzip", "xz", "zstd"])
    func `what follows the last member is told of, and nobody is sent to download it again`(kind: String) async throws {
        let lines = #"file("f"); pack("\#(kind)"); open(out, "ab").write(b"<html>")"#
        try await Workbench.with(lines) { (bench) throws in
            let error = try #require(#expect(throws: ArchiveError.self) { try bench.unpack() })
            guard case .trailing(path: bench.archive, after: _) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(!error.explanation.hint.contains("download"))
        }
    }

    @Test func `a window that is too large names itself and a smaller one`() async throws {
        let lines = """
            finish(); data = open(out, "rb").read()
            packed = subprocess.run(["zstd", "-q", "--long=28", "-c"], input=data, stdout=subprocess.PIPE, check=True)
            open(out, "wb").write(packed.stdout)
            """
        try await Workbench.with(lines) { (bench) throws in
            let error = try #require(#expect(throws: ArchiveError.self) { try bench.unpack() })
            #expect(error.explanation.problem.contains("256 MiB") && error.explanation.hint.contains("--long=27"))
        }
    }
}
