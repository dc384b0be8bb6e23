import Archives
import Platform
import Testing

/// Names as they lie on disks: composed, decomposed, both, and what is no UTF-8.
@Suite(.enabled(if: Files.isAccessible(Workbench.python, 1), "needs python3 to make names of any bytes"))
struct NamesTests {
    private static let unicode: [PathBytes] = [
        "e\u{301}", "\u{e9}", "\u{1112}\u{1161}\u{11ab}", "\u{d55c}", "\u{212b}", "\u{c5}", "A\u{30a}", "\u{338}x",
        "o\u{308}.txt",
    ]
    private static let latin: [PathBytes] = [
        PathBytes([0x63, 0x61, 0x66, 0xe9]), PathBytes([0xff]), PathBytes([0xe9, 0x2e, 0x74]),
    ]

    /// What packs the folder `tree` as `out`, and whether it can pack names that are no UTF-8, and hard links.
    struct Packer: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let line: String
        var anyBytes = true, hardLinks = true

        static let all = [
            tar("pax"), tar("gnu"), tar("ustar"),
            Packer(
                testDescription: "Python's tarfile",
                line: "t = tarfile.open(out, 'w', format=tarfile.PAX_FORMAT); t.add(tree, '.'); t.close()"),
            Packer(
                testDescription: "Info-ZIP",
                line:
                    "subprocess.run(['zip', '-qry', out + '.zip', '.'], cwd=tree, check=True); os.replace(out + '.zip', out)",
                hardLinks: false),
            Packer(testDescription: "Python's zipfile", line: zipfile, anyBytes: false, hardLinks: false),
        ]

        private static func tar(_ format: String) -> Packer {
            Packer(
                testDescription: "GNU tar, \(format)",
                line: "subprocess.run(['tar', '--format=\(format)', '-C', tree, '-cf', out, '.'], check=True)")
        }

        private static let zipfile = """
            with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:
                for folder, _, names in os.walk(tree):
                    for name in names:
                        full = folder + '/' + name
                        i = zipfile.ZipInfo(os.path.relpath(full, tree))
                        i.create_system, i.compress_type = 3, zipfile.ZIP_DEFLATED
                        i.external_attr = os.lstat(full).st_mode << 16
                        z.writestr(i, os.readlink(full) if os.path.islink(full) else open(full, 'rb').read())
            """
    }

    @Test(arguments: Packer.all)
    func `every name, and every link's target, arrives byte by byte`(packer: Packer) async throws {
        let names = Self.unicode + (packer.anyBytes ? Self.latin : [])
        let list = names.map { "bytes(\($0.bytes))" }.joined(separator: ", ")
        let lines = """
            finish(); os.remove(out); tree = out + ".tree"; os.makedirs(tree + "/d")
            for n in [\(list)]:
                top = os.fsencode(tree)
                with open(top + b"/d/" + n, "wb") as f: f.write(n)
                os.symlink(b"d/" + n, top + b"/l" + n)
                \(packer.hardLinks ? #"os.link(top + b"/d/" + n, top + b"/h" + n)"# : "pass")
            \(packer.line)
            import shutil; shutil.rmtree(tree)
            """
        try await Workbench.with(lines) { (bench) throws in
            let listing = Set(try bench.unpack().map(\.path)), top = PathBytes(bench.folder)
            #expect(try Folders.entries(in: top.appending("d")) == names.sorted())
            for name in names {
                let (file, link) = (PathBytes("d").appending(name), PathBytes(Array("l".utf8) + name.bytes))
                let content = try Descriptor.open(top.appending(file), 0).readAll(limit: 100, path: "")
                #expect(content == name.bytes)
                #expect(try Files.linkTarget(top.appending(link)) == file)
                #expect(listing.contains(file) && listing.contains(link))
                guard packer.hardLinks else { continue }
                let other = try FileStatus.of(top.appending(PathBytes(Array("h".utf8) + name.bytes)))
                #expect(try other?.inode == FileStatus.of(top.appending(file))?.inode)
            }
        }
    }

    @Test func `a name that only a zip's Unicode field has is taken from there`() async throws {
        let lines = """
            import binascii, struct
            finish()
            i = zipfile.ZipInfo("cafe"); name = "cafe\\u0301".encode()
            i.extra = struct.pack("<HHBL", 0x7075, 5 + len(name), 1, binascii.crc32(b"cafe")) + name
            with zipfile.ZipFile(out, "w") as z: z.writestr(i, b"x")
            """
        try await Workbench.with(lines) { (bench) throws in
            #expect(try bench.unpack().map(\.path) == ["cafe\u{301}"])
        }
    }

    @Test func `a zip's folders are told by their names, in whatever letters`() async throws {
        let lines = """
            finish()
            with zipfile.ZipFile(out, "w") as z:
                for name in ["e\\u0301/", "e\\u0301/x", "b\\u0301\\\\y"]:
                    i = zipfile.ZipInfo(name); i.create_system = 0; i.filename = name; z.writestr(i, b"")
            """
        try await Workbench.with(lines) { (bench) throws in
            #expect(try bench.unpack().map(\.path) == ["b\u{301}", "b\u{301}/y", "e\u{301}", "e\u{301}/x"])
        }
    }
}
