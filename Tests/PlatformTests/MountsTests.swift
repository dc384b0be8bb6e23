@testable import Platform
import Testing

@Suite struct MountsTests {
    @Test func `mountinfo's lines are read, escapes and optional fields included`() {
        let mounts = Mount.parse(
            """
            36 35 98:0 / /mnt1 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
            37 35 7:3 / /my\\040disk rw shared:7 propagate_from:2 - btrfs /dev/loop3 rw
            nonsense
            """)
        #expect(mounts.map(\.point) == ["/mnt1", "/my disk"])
        #expect(mounts.map(\.kind) == ["ext3", "btrfs"])
        #expect(mounts.map(\.source) == ["/dev/root", "/dev/loop3"])
    }

    @Test func `a mark behind a space does not join two fields`() {
        let line = "37 35 7:3 / /data rw shared:7 - fuse.x \u{301}remote rw\r\n"
        #expect(Mount.parse(line + line) == Mount.parse(line + line.dropLast() + "\n"))
        #expect(Mount.parse(line).first?.source.utf8.elementsEqual("\u{301}remote".utf8) == true)
    }

    @Test func `this machine has something mounted at its root`() throws {
        #expect(try Mount.at("/") != nil)
    }
}
