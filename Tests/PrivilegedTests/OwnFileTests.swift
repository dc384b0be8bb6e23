import Digests
import Glibc
import Platform
@testable import Privileged
import Testing

@Suite struct OwnFileTests {
    /// A folder that no other test uses.
    private let place = "/etc/own-file-tests-\(UInt64.random(in: 0 ... .max))"

    @Test(.enabled(if: geteuid() == 0)) func `a file goes as it was written, and not when somebody changed it`()
        async throws
    {
        let path = "\(place)/x.env"
        try Folders.make(place)
        defer { try? Folders.removeTree(place) }
        let file = OwnFile(path: path, digest: Digest.of(Array("A=1\n".utf8)).hex)
        try await file.remove()
        try Files.replace(path, with: Array("A=2\n".utf8), mode: 0o600)
        await #expect(throws: PrivilegedError.self) { try await file.remove() }
        #expect(try FileStatus.of(path) != nil)
        try Files.replace(path, with: Array("A=1\n".utf8), mode: 0o600)
        try await file.remove()
        #expect(try FileStatus.of(path) == nil)
    }

    @Test(.enabled(if: geteuid() == 0), arguments: ["folder", "link", "fifo"])
    func `what stands in the file's place is not ours`(kind: String) async throws {
        let path = "\(place)/x.env"
        try Folders.make(place)
        defer { try? Folders.removeTree(place) }
        switch kind {
        case "folder": try Folders.make(path)
        case "link": try Files.replaceLink(path, target: "/etc/hostname")
        default: #expect(mkfifo(path, 0o600) == 0)
        }
        let digest = Digest.of(try Files.read("/etc/hostname")).hex
        await #expect(throws: PrivilegedError.self) { try await OwnFile(path: path, digest: digest).remove() }
        #expect(try FileStatus.of(path) != nil && FileStatus.of("/etc/hostname") != nil)
    }

    @Test(arguments: ["/etc/passwd", "/etc/sudoers.d/x.env", "/etc/../root/x.env", "/root/x.env", "/etc/x.env"])
    func `only what may be written may be removed`(path: String) async {
        await #expect(throws: PrivilegedError.self) { try await OwnFile(path: path, digest: "").remove() }
    }

    @Test(arguments: [
        "/", "/srv", "/home", "/etc", "/usr/local/x", "/root/x", "/boot/x", "/var/lib", "/etc/systemd", "/etc/ssh/x",
        "/srv/../etc/x", "srv/x", "/srv//x",
    ])
    func `no folder of the system's own is removed`(path: String) async {
        await #expect(throws: PrivilegedError.self) { try await EmptyFolder(path: path).remove() }
    }

    @Test(.enabled(if: geteuid() == 0)) func `a folder goes when it is empty, and a link to one stays`() async throws {
        let top = "/own-folder-\(UInt64.random(in: 0 ... .max))"
        try Folders.make("\(top)/inner/deep")
        defer { try? Folders.removeTree(top) }
        try await EmptyFolder(path: "\(top)/inner").remove()
        #expect(try FileStatus.of("\(top)/inner/deep") != nil)
        try await EmptyFolder(path: "\(top)/inner/deep").remove()
        try Files.replaceLink("\(top)/link", target: "inner")
        try await EmptyFolder(path: "\(top)/link").remove()
        #expect(try Folders.names(in: top) == ["inner", "link"])
        try Files.remove("\(top)/link")
        for path in ["\(top)/inner", top, top] { try await EmptyFolder(path: path).remove() }
        #expect(try FileStatus.of(top) == nil)
    }

    @Test(arguments: [
        ("Remv jq [1.6-2.1]\nRemv libjq1 [1.6]\nConf x\n", ["jq"], ["libjq1"]),
        ("Purg jq [1.6-2.1]\nPurg libjq1 [1.6]\n", ["jq", "libjq1"], []),
        ("Remv libc6:i386 [2]\nRemv jq [1]\n", ["jq", "libc6:i386"], []),
        ("Remv vim:i386 [2]\n", ["vim:arm64"], ["vim:i386"]),
        ("0 upgraded, 0 newly installed\n", ["jq"], []),
    ])
    func `what apt would remove besides is seen in its simulation`(output: String, asked: [String], others: [String]) {
        #expect(AptSimulation.removed(output).filter { !AptSimulation.isAmong(asked, $0) } == others)
    }
}
