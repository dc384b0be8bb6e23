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
    ])
    func `root writes no file but units and environment files`(path: String) async {
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

    @Test(arguments: [0o4755, 0o777, 0o666] as [UInt32])
    func `set-id and world-writable modes are refused`(mode: UInt32) async {
        await #expect(throws: PrivilegedError.self) {
            try await RootFile(path: "/etc/cocalc/a.env").replace([], mode: mode, owner: "root")
        }
    }
}
