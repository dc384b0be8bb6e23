import Platform
@testable import Privileged
import Testing

@Suite struct RootFileTests {
    @Test(arguments: [
        "/etc/passwd", "/etc/a/../\u{338}x/y.env", "/etc/x.env", "/etc/sudoers.d/a.env",
        "/etc/systemd/system/../../sudoers.d/x.env",
        "/etc/systemd/x.env",
        "/usr/lib/systemd/system/x.service", "/etc/systemd/system/x.conf", "/etc/cocalc/.env", "etc/cocalc/a.env",
        "/etc/cocalc//a.env", "/etc/systemd/system/a b.service", "/root/x.env", "/etc/cocalc/a.sh",
        "/etc/systemd/system/service.d/x.conf", "/etc/systemd/system/app-.service.d/x.conf",
        "/etc/systemd/system/a.service.d/x", "/etc/systemd/system/a.service.wants/x.conf",
        "/usr/lib/systemd/system/a.service.d/x.conf",
    ])
    func `root writes no file but units, drop-ins and environment files`(path: String) async {
        await #expect(throws: PrivilegedError.self) {
            try await RootFile(path: path).replace([], mode: 0o644, owner: "nobody-of-that-name")
        }
        #expect(((try? FileStatus.of("/etc/cocalc/a.sh")) ?? nil) == nil)
    }

    @Test(arguments: [
        "/etc/a/../\u{301}x.env", "/etc/sudoers.d/\u{301}a/x.env", "/etc/a/.\0/x.env", "/etc/cron.d/\u{200d}/x.env",
        "/etc/systemd/system/../\u{338}system/x.service",
    ])
    func `a mark behind a slash hides no part of a path`(path: String) async {
        let error = await #expect(throws: PrivilegedError.self) {
            try await RootFile(path: path).replace([], mode: 0o644, owner: "root")
        }
        // Refused by its name, before anything was looked at.
        guard case .refused = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }

    @Test(arguments: ["logrotate.d", "default", "dpkg"])
    func `root writes nothing into a folder of a package's, whose program may run it`(folder: String) async throws {
        let path = "/etc/\(folder)/x-\(UInt32.random(in: 0 ... .max)).env"
        let error = await #expect(throws: PrivilegedError.self) {
            try await RootFile(path: path).replace(Array("/var/log/x {\n}\n".utf8), mode: 0o644, owner: "root")
        }
        guard case .refused(let what, _, _) = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(what.contains("belongs to a package"))
        #expect(try FileStatus.of(path) == nil)
    }

    @Test func `a folder is found in the packages' lists as a whole line only`() throws {
        let lists = try Folders.makeTemporary(prefix: "/tmp/lists-")
        defer { try? Folders.removeTree(lists) }
        try Files.replace("\(lists)/a.list", with: Array("/.\n/etc\n/etc/logrotate.d\n/etc/a/b\n".utf8), mode: 0o644)
        #expect(try PackageFolders.own("/etc/logrotate.d", lists: lists))
        #expect(try !PackageFolders.own("/etc/logrotate", lists: lists))
        #expect(try !PackageFolders.own("/etc/a", lists: lists))
    }

    @Test func `a folder that others may change is named, and one of root's is not`() throws {
        let top = try Folders.makeTemporary(prefix: "/tmp/shared-")
        defer { try? Folders.removeTree(top) }
        try Folders.make("\(top)/open/inner")
        try Files.setMode("\(top)/open", 0o777)
        #expect(try RootFile.shared(top) == nil)
        #expect(try RootFile.shared("\(top)/open/inner") == "\(top)/open")
        try Files.setMode("\(top)/open", 0o755)
        try Files.setOwner("\(top)/open/inner", user: 65534, group: 65534)
        #expect(try RootFile.shared("\(top)/open/inner") == "\(top)/open/inner")
    }

    @Test(arguments: [0o4755, 0o777, 0o666] as [UInt32])
    func `set-id and world-writable modes are refused`(mode: UInt32) async {
        await #expect(throws: PrivilegedError.self) {
            try await RootFile(path: "/etc/cocalc/a.env").replace([], mode: mode, owner: "root")
        }
    }
}
