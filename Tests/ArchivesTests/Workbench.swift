import Compression
import Platform
import Synchronization
import Testing

@testable import Archives

/// A folder with an archive written by Python, an empty folder to unpack into, and one beside it to be left alone.
struct Workbench: Sendable {
    static let python = "/usr/bin/python3"

    // libarchive gives names in the locale's encoding, which the programs set first of all.
    private static let locale: Void = ProcessStart.prepare()

    let top: String
    var archive: String { "\(top)/archive" }
    var folder: String { "\(top)/out" }

    /// Runs `body` on an archive that these lines of Python write, and checks that nothing outside was touched.
    static func with(_ lines: String, _ body: (Workbench) throws -> Void) async throws {
        _ = locale
        let bench = Workbench(top: try Folders.makeTemporary(prefix: "/tmp/archives-tests-"))
        defer { try? Folders.removeTree(bench.top) }
        try Folders.make(bench.folder)
        try Folders.make("\(bench.top)/outside")
        try Files.replace("\(bench.top)/outside/kept", with: Array("kept".utf8), mode: 0o600)
        let result = try await Subprocess.run(
            Command(python, ["-c", words + lines + "\nfinish()\n", bench.archive]), timeout: .seconds(300))
        try #require(result.succeeded, "\(result.errors)")
        try body(bench)
        #expect(try Folders.names(in: bench.top) == ["archive", "out", "outside"])
        #expect(try Folders.names(in: "\(bench.top)/outside") == ["kept"])
        #expect(try Files.text("\(bench.top)/outside/kept") == "kept")
        #expect(try FileStatus.of("\(bench.top)/outside/kept")?.mode == 0o600)
    }

    @discardableResult
    func unpack(strip: Int = 0, limits: Unpacker.Limits = .init()) throws -> [UnpackedEntry] {
        let input = try GrowingFile.complete(archive)
        let entries = Mutex<[UnpackedEntry]>([])
        try Unpacker(input, name: archive, into: folder, strip: strip, limits: limits).run { some in
            entries.withLock { $0 += some }
        }
        return entries.withLock { $0.sorted { $0.path < $1.path } }
    }

    /// How often each path came again.
    func replaced() throws -> [PathBytes: Int] {
        try Unpacker(try GrowingFile.complete(archive), name: archive, into: folder).run(nil)
    }

    /// Cuts the archive off behind so many bytes.
    func cut(to count: Int) throws {
        try Files.replace(archive, with: Array(try Files.read(archive).prefix(count)), mode: 0o600)
    }

    func text(_ path: String) throws -> String? { try Files.text("\(folder)/\(path)") }

    func mode(_ path: String) throws -> UInt32? { try FileStatus.of("\(folder)/\(path)")?.mode }

    /// What the lines of a test may call.
    private static let words = """
        import io, os, subprocess, sys, tarfile, zipfile
        out = sys.argv[1]
        outside = os.path.dirname(out) + "/outside"
        t = tarfile.open(out, "w")
        def add(name, kind, data=b"", mode=0o644, link="", **more):
            i = tarfile.TarInfo(name)
            i.type, i.mode, i.linkname, i.size = kind, mode, link, len(data)
            for key, value in more.items(): setattr(i, key, value)
            t.addfile(i, io.BytesIO(data))
        def file(name, data=b"x", mode=0o644): add(name, tarfile.REGTYPE, data, mode)
        def folder(name, mode=0o755): add(name, tarfile.DIRTYPE, mode=mode)
        def link(name, to): add(name, tarfile.SYMTYPE, mode=0o777, link=to)
        def hard(name, to): add(name, tarfile.LNKTYPE, link=to)
        def finish(): t.close()
        def pack(how):
            finish()
            if how == "zip": return zipped()
            if how != "tar": subprocess.run([how, "-q", "-f", out] if how != "gzip" else [how, "-f", out], check=True)
            for end in (".gz", ".xz", ".zst", ".bz2"):
                if os.path.exists(out + end): os.replace(out + end, out)
        def zipped():
            plain = out + ".tar"
            os.replace(out, plain)
            with tarfile.open(plain) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
                for m in source:
                    i = zipfile.ZipInfo(m.name + ("/" if m.isdir() else ""))
                    i.create_system = 3
                    kind = 0o120000 if m.issym() else 0o040000 if m.isdir() else 0o100000
                    i.external_attr = (kind | m.mode) << 16
                    i.compress_type = zipfile.ZIP_DEFLATED
                    z.writestr(i, m.linkname if m.issym() else source.extractfile(m).read() if m.isreg() else b"")
            os.remove(plain)

        """
}

/// The formats that are taken, by what packs them.
enum Packing: String, CaseIterable, Sendable {
    case tar, gzip, xz, zstd, bzip2, zip
}
