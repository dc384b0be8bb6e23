import Digests
import Glibc
import JSON
import Platform
import Testing

@testable import Privileged

@Suite struct PackageFilesTests {
    private static func withFolder(_ body: (String) async throws -> Void) async throws {
        let top = try Folders.makeTemporary(prefix: "/tmp/package-files-")
        defer { try? Folders.removeTree(top) }
        try await body(top)
    }

    /// Builds a package with this control file.
    private static func build(_ control: String, in top: String) async throws -> String {
        try Folders.make("\(top)/tree/DEBIAN", mode: 0o755)
        try Files.replace("\(top)/tree/DEBIAN/control", with: Array(control.utf8), mode: 0o644)
        let built = try await Subprocess.run(
            Command("/usr/bin/dpkg-deb", ["--build", "--nocheck", "\(top)/tree", "\(top)/x.deb"]))
        try #require(built.succeeded, "\(built.errors)")
        return "\(top)/x.deb"
    }

    @Test func `a package file says itself which package it is`() async throws {
        try await Self.withFolder { top in
            let control =
                "Package: own-words\nDescription: x\n Version: liar\nVersion: 1:2~rc1-3\nArchitecture: all\n"
                + "Maintainer: x <x@h>\n"
            let fields = try await PackageFields.of(try await Self.build(control, in: top), at: "https://h/x.deb")
            #expect(fields == PackageFields(name: "own-words", version: "1:2~rc1-3", architecture: "all"))
        }
    }

    @Test(arguments: [
        "", "Package: a\nVersion: 1\n", "Package: -o\nVersion: 1\nArchitecture: all\n",
        "Package: ok\nVersion: 1\n 2\nArchitecture: all\n", "Package: ok\nVersion: $(x)\nArchitecture: all\n",
        "Package: ok:amd64\nVersion: 1\nArchitecture: all\n", "Package: ok=1\nVersion: 1\nArchitecture: all\n",
        "Package: ok\nVersion: 1-\nArchitecture: all\n", "Package: ok\nVersion: 1\nArchitecture: a b\n",
        "Package: ok\nPackage: other\nVersion: 1\nArchitecture: all\n",
        "Package: ok\nVersion: 1\nArchitecture: all\nX: y\n", "Package: ok\nVersion: 1\nArchitecture: \n",
    ])
    func `what is no plain name, version and architecture is none`(output: String) {
        #expect(PackageFields(output) == nil)
    }

    @Test func `what is no package is told by the name that a person knows it by`() async throws {
        try await Self.withFolder { top in
            try Files.replace("\(top)/x.deb", with: Array("<html>".utf8), mode: 0o644)
            let error = await #expect(throws: PrivilegedError.self) {
                try await PackageFields.of("\(top)/x.deb", at: "https://h/x.deb")
            }
            let words = try #require(error?.explanation)
            #expect(words.place == "https://h/x.deb" && words.problem.contains("is no package of Debian's"))
        }
    }

    @Test func `the copy is what its digest says, or is not taken`() async throws {
        try await Self.withFolder { top in
            let (path, bytes) = ("\(top)/x", Array("a package".utf8))
            try Files.replace(path, with: bytes, mode: 0o600)
            let (good, other) = (Digest.of(bytes).hex, Digest.of([]).hex)
            let file = PackageFiles.File(path: path, sha256: good.uppercased())
            #expect(try PackageFiles.copy(file, into: top, for: getuid()))
            let copy = "\(top)/\(good).deb"
            #expect(try Files.read(copy) == bytes && FileStatus.of(copy)?.mode == 0o644)
            // Whatever lies in the copy's place is not written through.
            #expect(throws: SystemCallError.self) { try PackageFiles.copy(file, into: top, for: getuid()) }
            #expect(try !PackageFiles.copy(.init(path: path, sha256: other), into: top, for: getuid()))
        }
    }

    @Test func `root reads no link, no device and nobody else's file for who asks`() async throws {
        try await Self.withFolder { top in
            try Files.replaceLink("\(top)/link", target: "/etc/passwd")
            try Files.replace("\(top)/own", with: [1], mode: 0o600)
            mkfifo("\(top)/fifo", 0o600)
            for (path, caller) in [("link", getuid()), ("fifo", getuid()), ("own", getuid() &+ 1), ("none", getuid())] {
                let file = PackageFiles.File(path: "\(top)/\(path)", sha256: Digest.of([1]).hex)
                #expect(throws: SystemCallError.self, "\(path)") {
                    try PackageFiles.copy(file, into: top, for: caller)
                }
            }
        }
    }

    @Test(arguments: [
        ("/tmp/x", "00"), ("/tmp/x", ""), ("/tmp/x", "../../etc/passwd"),
        ("/tmp/x", String(repeating: "a", count: 128)), ("x.deb", String(repeating: "a", count: 64)),
        ("--help", String(repeating: "a", count: 64)),
    ])
    func `a request that is none is refused before anything is done`(path: String, digest: String) async throws {
        let json = #"{"files": [{"path": "\#(path)", "sha256": "\#(digest)"}], "displacing": []}"#
        let files = try PackageFiles(json: Array(json.utf8))
        let error = await #expect(throws: PrivilegedError.self) { try await files.install(lockTimeout: 0) { _ in } }
        guard case .refused("it is no file with its SHA-256", path, _) = error else {
            return #expect(Bool(false), "\(String(describing: error))")
        }
    }
}
