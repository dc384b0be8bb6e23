import Platform
@testable import Systemd
import Testing

@Suite struct UnitScopeTests {
    private static let own = UnitScope.user(number: 1000, home: "/home/u")

    @Test func `a user's own units lie in its home, and are its own`() {
        #expect(UnitScope.system.folder == "/etc/systemd/system" && UnitScope.system.owner == 0)
        #expect(UnitScope.system.process == nil && UnitScope.system.sockets.isEmpty)
        #expect(Self.own.folder == "/home/u/.config/systemd/user" && Self.own.owner == 1000)
        #expect(Self.own.process?.text == "user@1000.service")
    }

    @Test func `a user's bus is asked first, and systemd itself where there is none`() {
        #expect(Self.own.sockets.map(\.path) == ["/run/user/1000/bus", "/run/user/1000/systemd/private"])
        #expect(Self.own.sockets.map(\.isBus) == [true, false])
    }

    @Test func `a user's systemd that does not run is told with the unit that it would run in`() {
        #expect {
            // The last number that a user may have: nobody's.
            _ = try SystemBus.open(.user(number: UInt32.max - 1, home: "/"))
        } throws: { error in
            guard case SystemdError.noUserSystemd(let manager, _)? = error as? SystemdError else { return false }
            return manager == "user@4294967294.service"
        }
    }

    @Test(arguments: [
        (
            "systemctl status 'a'; journalctl -u 'a' -n 50",
            "systemctl --user status 'a'; journalctl --user-unit 'a' -n 50"
        ),
        ("sudo systemctl unmask 'a'", "systemctl --user unmask 'a'"),
        ("systemd-analyze verify 'a'", "systemd-analyze --user verify 'a'"), ("look at it", "look at it"),
    ])
    func `a hint for a user's own unit asks that user's systemd`(hint: String, own: String) {
        #expect(UnitScope.system.asking(hint) == hint)
        #expect(Self.own.asking(hint) == own)
    }

    @Test func `the drop-ins of a user's own unit are those in that user's folders`() throws {
        let unit = try UnitName("a.service")
        for path in Self.own.folders.map({ "\($0)/a.service.d/x.conf" }) {
            #expect(AdministratorFiles.isDropIn(path, of: unit, in: Self.own), "\(path)")
            #expect(!AdministratorFiles.isDropIn(path, of: unit), "\(path)")
        }
        #expect(!AdministratorFiles.isDropIn("/etc/systemd/system/a.service.d/x.conf", of: unit, in: Self.own))
    }

    @Test func `links by which a unit starts with its user's systemd are taken away, and what is no link stays`() throws
    {
        let home = try Folders.makeTemporary(prefix: "/tmp/unit-scope-")
        defer { try? Folders.removeTree(home) }
        let scope = UnitScope.user(number: 1000, home: home), unit = try UnitName("a.service")
        let wants = "\(scope.folder)/default.target.wants", other = "\(scope.folder)/x.target.wants"
        for folder in [wants, other] { try Folders.make(folder) }
        try Files.replaceLink("\(wants)/a.service", target: "../a.service")
        try Files.replace("\(other)/a.service", with: [], mode: 0o644)
        let links = EnablementLinks(of: unit, in: scope)
        #expect(try links.areThere())
        try links.remove()
        #expect(try !links.areThere())
        #expect(try FileStatus.of(wants) == nil)
        #expect(try FileStatus.of("\(other)/a.service")?.kind == .file)
    }
}
