import Systemd
import Testing

@Suite struct UnitNameTests {
    @Test(arguments: [
        ("/btrfs", "btrfs.mount"), ("/mnt/my disk", "mnt-my\\x20disk.mount"), ("/a-b/.c", "a\\x2db-\\x2ec.mount"),
        ("/srv//x/", "srv-x.mount"), ("/srv/\u{338}x", "srv-\\xcc\\xb8x.mount"), ("/ü", "\\xc3\\xbc.mount"),
    ])
    func `a mount point's unit is named as systemd-escape names it`(path: String, name: String) throws {
        #expect(try UnitName.mount(at: path).text == name)
    }

    @Test(arguments: [
        "", ".service", "a", "a b.service", "../x.service", "-x.service", "a/b.service", "x.scope", "a\n.service",
    ])
    func `what is no unit's name is refused`(name: String) {
        #expect(throws: SystemdError.badName(name)) { try UnitName(name) }
    }

    @Test(arguments: ["project-host.service", "a@b.service", "btrfs.mount", "x_y.timer"])
    func `a unit's name is taken as it is`(name: String) throws {
        #expect(try UnitName(name).text == name)
    }
}
