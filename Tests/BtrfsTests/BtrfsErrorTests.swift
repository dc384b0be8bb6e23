import Btrfs
import Platform
import Support
import Testing

@Suite struct BtrfsErrorTests {
    static let examples: [BtrfsError] = [
        .refused(path: AwkwardPlace.path, what: "create_subvolume", reason: "No space left on device"),
        .noTool("/usr/bin/btrfs", path: "/btrfs", reason: "r"), .tool("/usr/bin/btrfs", path: "/btrfs", reason: "r"),
        .disk(SystemCallError("open", "/btrfs", code: 28)),
    ]

    @Test func `every error says what happened, where, and what to do about it`() throws {
        #expect(ErrorWalk(BtrfsError.self, in: "Btrfs/BtrfsError.swift", Self.examples).faults == [])
    }

    @Test func `only a tool that is not there is to be installed`() async {
        let missing = await #expect(throws: BtrfsError.self) {
            try await BtrfsTool.run("/usr/bin/no-such-tool", [], on: "/btrfs")
        }
        #expect(missing?.explanation.hint.contains("install btrfs-progs") == true)
        let failing = await #expect(throws: BtrfsError.self) {
            try await BtrfsTool.run("/bin/sh", ["-c", "echo why >&2; exit 1"], on: "/btrfs")
        }
        #expect(failing == .tool("/bin/sh", path: "/btrfs", reason: "why"))
    }
}
