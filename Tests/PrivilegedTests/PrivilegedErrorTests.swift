import Glibc
import Platform
import Support
import Testing

@testable import Privileged

@Suite struct PrivilegedErrorTests {
    @Test func `every error says what happened, where, and what to do about it`() throws {
        let examples: [PrivilegedError] = [
            .noHelper(reason: "r"), .noHelper(reason: "sorry, you must have a tty"), .garbled("r"),
            .cancelled, .failed(Explanation("p", at: "/x", hint: "h")), .refused(what: "w", place: "/x", hint: "h"),
            .refused(DiskRefusal.none(["/dev/sdb is not there"], at: "disks")),
            .refused(DiskRefusal.missing("u-1", ["/dev/sdb is in use"], at: "disks")),
            .refused(DiskRefusal.foreign("it holds ext4", .btrfs, at: AwkwardPlace.path)),
        ]
        #expect(ErrorWalk(PrivilegedError.self, in: "Privileged/PrivilegedError.swift", examples).faults == [])
        let setting = try #require(KernelSetting("vm.swappiness"))
        let settings = [ENOENT, EINVAL, EACCES, EIO].map {
            KernelSettingRefused(setting: setting, value: "x", error: SystemCallError("write", "/x", code: $0))
        }
        #expect(
            ErrorWalk(KernelSettingRefused.self, in: "Privileged/KernelSettings.swift", settings).faults == [])
    }
}
