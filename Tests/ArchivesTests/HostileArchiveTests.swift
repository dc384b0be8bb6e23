import Archives
import Platform
import Testing

@Suite(.enabled(if: Files.isAccessible(Workbench.python, 1), "needs python3 to write what tar(1) would not"))
struct HostileArchiveTests {
    /// Lines of Python that write an archive, and a part of the reason to refuse it.
    struct Hostile: Sendable, CustomTestStringConvertible {
        let lines: String, reason: String
        init(_ lines: String, _ reason: String) {
            self.lines = lines
            self.reason = reason
        }
        var testDescription: String { lines }
    }

    @Test(arguments: [
        Hostile(#"file("../outside/new")"#, "upwards"),
        Hostile(#"folder("d"); file("d/../../outside/new")"#, "upwards"),
        Hostile(#"file(outside + "/kept", b"evil")"#, "absolute"),
        Hostile(#"folder("../outside/new")"#, "upwards"),
        Hostile(#"file("/\u0338x")"#, "absolute"), Hostile(#"file("d/../\u0338x")"#, "upwards"),
        Hostile(#"link("l", "/\u0338x")"#, "absolute"), Hostile(#"link("l", "../\u0338x")"#, "outside"),
        Hostile(#"link("l", "../outside"); file("l/new")"#, "outside"),
        Hostile(#"link("l", outside); file("l/new")"#, "absolute"),
        Hostile(#"folder("d"); link("l", "d"); file("l/new")"#, "taken"),
        Hostile(#"folder("d"); link("l", "d"); link("l/m", "x")"#, "taken"),
        Hostile(#"link("l", "."); link("m", "l/.."); file("m/outside/new")"#, "points through"),
        Hostile(#"folder("d"); link("d/up", ".."); link("l", "d/up/../outside")"#, "points through"),
        Hostile(#"folder("d"); link("d/up", ".."); link("l", "d/up"); file("l/new")"#, "taken"),
        Hostile(#"link("d/e/up", "../../..")"#, "outside"),
        Hostile(#"link("l", "a"); file("l")"#, "taken"),
        Hostile(#"link("l", ""); file("x")"#, ""),
    ])
    func `what would extract or point outside is refused`(hostile: Hostile) async throws {
        try await refused(hostile)
    }

    @Test(arguments: [
        Hostile(#"hard("h", outside + "/kept"); file("h", b"evil")"#, "absolute"),
        Hostile(#"hard("h", "../outside/kept")"#, "upwards"),
        Hostile(#"hard("h", "later"); file("later")"#, "no file of this archive before it"),
        Hostile(#"link("l", "f"); hard("h", "l")"#, "no file of this archive before it"),
        Hostile(#"folder("d"); hard("h", "d")"#, "no file of this archive before it"),
        Hostile(#"hard("h", "h")"#, "no file of this archive before it"),
    ])
    func `a hard link to anything but a file before it is refused`(hostile: Hostile) async throws {
        try await refused(hostile)
    }

    @Test(arguments: [
        Hostile(#"add("n", tarfile.CHRTYPE, devmajor=1, devminor=3)"#, "device"),
        Hostile(#"add("n", tarfile.BLKTYPE, devmajor=8, devminor=0)"#, "device"),
        Hostile(#"add("n", tarfile.FIFOTYPE)"#, "device"),
    ])
    func `a device or fifo is refused`(hostile: Hostile) async throws { try await refused(hostile) }

    @Test(arguments: [
        Hostile(#"link("f", "g"); link("f", "h")"#, "taken"),
        Hostile(#"link("f", "g"); file("g"); hard("f", "g")"#, "taken"),
        Hostile(#"file("f"); folder("f")"#, "taken"),
        Hostile(#"folder("f"); file("f")"#, "taken"),
        Hostile(#"folder("f"); link("f", "g")"#, "taken"),
        Hostile(#"file("f"); file("f/below")"#, "taken"),
    ])
    func `a name that is taken is refused`(hostile: Hostile) async throws { try await refused(hostile) }

    @Test(arguments: [
        #"file("../outside/new")"#, #"link("l", "../outside"); file("l/new")"#, #"file("f"); folder("f")"#,
    ])
    func `a hostile zip is refused as a hostile tar is`(lines: String) async throws {
        try await refused(Hostile(lines + #"; pack("zip")"#, ""))
    }

    @Test func `set-id and sticky bits are dropped`() async throws {
        let lines = #"file("f", mode=0o6755); folder("d", mode=0o3777); file("plain", mode=0o2640)"#
        try await Workbench.with(lines) { bench in
            let listing = try bench.unpack()
            #expect(try bench.mode("f") == 0o755)
            #expect(try bench.mode("d") == 0o777)
            #expect(try bench.mode("plain") == 0o640)
            #expect(listing.map(\.mode) == [0o777, 0o755, 0o640])
        }
    }

    @Test func `files belong to who unpacks them`() async throws {
        try await Workbench.with(#"add("f", tarfile.REGTYPE, b"x", uid=12345, gid=12345)"#) { bench in
            try bench.unpack()
            let status = try #require(try FileStatus.of("\(bench.folder)/f"))
            #expect(status.owner == Account.currentUser)
            #expect(status.group != 12345)
        }
    }

    @Test func `more bytes than the limit are refused, however small they are packed`() async throws {
        try await Workbench.with(#"file("zeros", bytes(8 << 20)); pack("gzip")"#) { bench in
            var limits = Unpacker.Limits()
            limits.bytes = 4 << 20
            #expect(throws: ArchiveError.tooLarge(path: bench.archive, limit: "4 MiB")) {
                try bench.unpack(limits: limits)
            }
            let landed = try FileStatus.of("\(bench.folder)/zeros")?.size ?? 0
            #expect(landed <= limits.bytes)
        }
    }

    @Test func `more entries than the limit are refused`() async throws {
        try await Workbench.with(#"for n in range(11): file(f"f{n}", b"")"#) { bench in
            var limits = Unpacker.Limits()
            limits.entries = 10
            #expect(throws: ArchiveError.tooManyEntries(path: bench.archive, limit: 10)) {
                try bench.unpack(limits: limits)
            }
            let landed = try Folders.names(in: bench.folder)
            #expect(landed.count <= 10)
        }
    }

    @Test func `folders, named or not, count as entries too`() async throws {
        try await Workbench.with(#"for n in range(200): folder(f"d{n}")"# + "\n" + #"file("a/b/c/d/e/f")"#) { bench in
            var limits = Unpacker.Limits()
            limits.entries = 100
            #expect(throws: ArchiveError.self) { try bench.unpack(limits: limits) }
        }
    }

    private func refused(_ hostile: Hostile) async throws {
        try await Workbench.with(hostile.lines) { bench in
            let error = #expect(throws: ArchiveError.self) { try bench.unpack() }
            guard case .refused(_, _, let reason)? = error else {
                Issue.record("not refused but \(String(describing: error))")
                return
            }
            #expect(hostile.reason.isEmpty || reason.contains(hostile.reason), "\(reason)")
        }
    }
}
