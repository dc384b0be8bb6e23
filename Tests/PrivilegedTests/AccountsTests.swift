@testable import Platform
@testable import Privileged
import Systemd
import Testing

@Suite struct AccountsTests {
    @Test(arguments: [
        AccountFacet.user("root"), .linger("root"), .member("root", of: "docker"), .user("--help"), .user("a b"),
        .user(""),
        .user("a:0"), .user("a\nb"), .group("-x"), .member("web", of: "a,root"), .member("web", of: ""),
        .linger("../../x"),
    ])
    func `root is never changed, and no name is an option or a path`(facet: AccountFacet) async {
        await #expect(throws: PrivilegedError.self) { try await Accounts.make(facet, HostUser("web")) }
        await #expect(throws: PrivilegedError.self) { try await Accounts.remove(facet) }
    }

    @Test(arguments: ["", "bin/sh", "/bin/sh:x", "/bin/../sh", "/a b", "/a\nroot::0:0::/:/bin/sh"])
    func `a home or shell is one plain path`(path: String) async {
        for attribute in HostUser.Attribute.allCases {
            await #expect(throws: PrivilegedError.self) { try await Accounts.set(attribute, of: "no-such", to: path) }
        }
        var specification = HostUser("no-such")
        specification.home = path
        await #expect(throws: PrivilegedError.self) { try await Accounts.make(.user("no-such"), specification) }
    }

    @Test func `behind the closed door users are root's, but for a caller's own lingering`() throws {
        let caller = Account(name: "ops", user: 1000, group: 1000, home: "/home/ops")
        let boundary = Boundary(caller: caller, known: KnownUnits(policy: HelperPolicy(), folder: "/nowhere"))
        for facet in [
            AccountFacet.user("web"), .group("x"), .member("ops", of: "sudo"), .linger("web"), .linger("root"),
        ] {
            #expect(throws: PrivilegedError.self) { try boundary.check(.makeAccount(facet, user: HostUser("web"))) }
            #expect(throws: PrivilegedError.self) { try boundary.check(.removeAccount(facet)) }
        }
        #expect(throws: PrivilegedError.self) {
            try boundary.check(.setUserAttribute(.shell, user: "ops", value: "/bin/sh"))
        }
        try boundary.check(.makeAccount(.linger("ops"), user: nil))
        try boundary.check(.removeAccount(.linger("ops")))
    }

    @Test func `behind the closed door a caller may have its own systemd started, and nothing else of any`() throws {
        let caller = Account(name: "ops", user: 1000, group: 1000, home: "/home/ops")
        let boundary = Boundary(caller: caller, known: KnownUnits(policy: HelperPolicy(), folder: "/nowhere"))
        let own = try UnitName("user@1000.service")
        try boundary.check(.startUnit(own))
        for request in [
            PrivilegedRequest.restartUnit(own), .stopUnit(own), .enableUnit(own), .disableUnit(own),
            .maskUnit(own, keepingFile: true), .removeUnit(own, digest: ""), .journal(own, lines: 1, span: nil),
        ] { #expect(throws: PrivilegedError.self) { try boundary.check(request) } }
        for name in ["user@0.service", "user@1001.service", "user@01000.service", "user@1000.slice", "user-1000.slice"]
        {
            let other = try UnitName(name)
            #expect(throws: PrivilegedError.self) { try boundary.check(.startUnit(other)) }
        }
    }
}
