import Systemd
import Testing

@Suite struct DropInFileTests {
    @Test(arguments: [
        ("a.service", "limits"), ("a@b.service", "10-x.y_z"), ("srv-x.mount", "A"), ("a-b.timer", "a.conf"),
    ])
    func `a drop-in is known by its path`(unit: String, name: String) throws {
        let file = try #require(DropInFile(name, of: UnitName(unit)))
        #expect(file.path == "/etc/systemd/system/\(unit).d/\(name).conf")
        #expect(DropInFile(path: file.path) == file)
    }

    @Test func `a drop-in of a user's own unit is none of the machine's, and known by its path all the same`() throws {
        let scope = UnitScope.user(number: 7, home: "/home/u")
        let file = try #require(DropInFile("x", of: UnitName("a.service"), in: scope))
        #expect(file.path == "/home/u/.config/systemd/user/a.service.d/x.conf")
        #expect(DropInFile(path: file.path) == nil && DropInFile(ofUserPath: file.path) == file)
        for path in [
            "/etc/systemd/system/a.service.d/x.conf", "home/u/.config/systemd/user/a.service.d/x.conf",
            "/home/u/.config/systemd/user/b/a.service.d/x.conf", "/home/u/.config/systemd/user/a.service.d/.x.conf",
            "/home/u/x.config/systemd/user/a.service.d/x.conf",
        ] { #expect(DropInFile(ofUserPath: path) == nil, "\(path)") }
    }

    @Test(arguments: [
        "/etc/systemd/system/a.service.d/x", "/etc/systemd/system/a.service.d/.x.conf",
        "/etc/systemd/system/a.service.d/-x.conf", "/etc/systemd/system/a.service.d/.conf",
        "/etc/systemd/system/a.service.d/../x.conf", "/etc/systemd/system/a.service.d//x.conf",
        "/etc/systemd/system/a.service.d/x y.conf", "/etc/systemd/system/a.service.d/x\u{301}.conf",
        "/etc/systemd/system/a.service.d/x/y.conf", "/etc/systemd/system/service.d/x.conf",
        "/etc/systemd/system/a.service.wants/x.conf", "/etc/systemd/system/x.conf",
        "/run/systemd/system/a.service.d/x.conf", "/etc/systemd/system/b/a.service.d/x.conf",
        "etc/systemd/system/a.service.d/x.conf", "/etc/systemd/system/a.service.d\u{301}/x.conf",
    ])
    func `what lies elsewhere, or is read for more than one unit, is none`(path: String) {
        #expect(DropInFile(path: path) == nil)
    }

    @Test(arguments: ["app-.service", "app-@.service", "app-@x.service", "a-b-.timer"])
    func `a name that stands for all that begin so has none`(unit: String) throws {
        #expect(try DropInFile("x", of: UnitName(unit)) == nil)
        #expect(DropInFile(path: "/etc/systemd/system/\(unit).d/x.conf") == nil)
    }

    @Test func `of a drop-in only what it says is looked at`() throws {
        let unit = try UnitName("a.service")
        #expect(UnitText.mistakes(inDropIn: "[Service]\nEnvironment=A=1\n", of: unit) == [])
        #expect(UnitText.mistakes(inDropIn: "[Service]\nExecStart=\nExecStart=/bin/x\n", of: unit) == [])
        let text = "[Timer]\nOnCalendar=daily\n[Service]\nExecStart=bin/x\nRestart=maybe\nfoo\n"
        #expect(UnitText.mistakes(inDropIn: text, of: unit).map(\.line) == [1, 4, 5, 6])
    }
}
