import Digests
import Glibc
@testable import Platform
@testable import Privileged
import Testing

@Suite struct AptSourceFileTests {
    /// A primary key's packet, as short as one can be.
    private static let key: [UInt8] = [0x98, 3, 4, 0, 0]

    private static func file(_ name: String = "own", uri: String = "https://h/deb", key: [UInt8] = key) -> AptSourceFile
    {
        AptSourceFile(AptSource(name: name, uris: [uri], suites: ["./"], components: []), key: key)
    }

    @Test func `a source's file is written from its fields and its key alone`() throws {
        let text = String(decoding: try Self.file().check(), as: UTF8.self)
        let digest = Digest.of(Self.key).hex
        #expect(
            text == """
                # Of host-bootstrap's "apt"; the next run undoes what is changed here. The key had SHA-256 \(digest).
                Types: deb
                URIs: https://h/deb
                Suites: ./
                Signed-By:
                 -----BEGIN PGP PUBLIC KEY BLOCK-----
                 .
                 mAMEAAA=
                 -----END PGP PUBLIC KEY BLOCK-----

                """)
        #expect(text.hasPrefix(AptSourceFile.head(of: Self.file().source, keyDigest: Digest.of(Self.key))))
        #expect(
            !AptSourceFile.withoutKey(text).contains("PGP") && AptSourceFile.withoutKey(text).contains("Suites: ./\n"))
    }

    @Test(arguments: [
        file("../x"), file("a\nb"), file(uri: "https://h/ \nTrusted: yes"), file(uri: "https://u:p@h/"), file(key: []),
        file(key: Array("Trusted: yes\n".utf8)), file(key: [0x94, 3, 4, 0, 0]),
    ])
    func `root writes no other, whatever the config's reader let through`(file: AptSourceFile) async {
        #expect(throws: PrivilegedError.self) { try file.check() }
        await #expect(throws: PrivilegedError.self) { try await file.put(lockTimeout: 0) { _ in } }
    }

    @Test func `behind the closed door none is written, and none of root's is removed`() throws {
        let caller = Account(name: "ops", user: 1000, group: 1000, home: "/home/ops")
        let boundary = Boundary(caller: caller, known: KnownUnits(policy: HelperPolicy(), folder: "/nowhere"))
        #expect(throws: PrivilegedError.self) {
            try boundary.check(.putAptSource(Self.file(), lockTimeoutSeconds: 0))
        }
    }

    @Test func `a file is put back as it was when what it is for fails, and goes when there was none`() async throws {
        let top = try Folders.makeTemporary(prefix: "/tmp/tried-file-")
        defer { try? Folders.removeTree(top) }
        let file = TriedFile(path: "\(top)/f", content: [2], mode: 0o644, owner: (getuid(), getgid()))
        #expect(try await file.put { () async throws(PrivilegedError) in (7, false) } == 7)
        #expect(try FileStatus.of(file.path) == nil)
        try Files.replace(file.path, with: [1], mode: 0o600)
        await #expect(throws: PrivilegedError.self) {
            try await file.put { () async throws(PrivilegedError) -> (Void, holds: Bool) in throw .cancelled }
        }
        #expect(try Files.read(file.path) == [1] && FileStatus.of(file.path)?.mode == 0o600)
        #expect(try await file.put { () async throws(PrivilegedError) in (8, true) } == 8)
        #expect(try Files.read(file.path) == [2])
    }
}
