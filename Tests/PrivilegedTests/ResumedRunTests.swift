@testable import Platform
@testable import Privileged
import Systemd
import Testing

@Suite struct ResumedRunTests {
    private static let ops = Account(name: "ops", user: 1000, group: 1000, home: "/home/ops")

    @Test func `the unit that goes on after a boot runs one program as its user, and takes itself away`() throws {
        let unit = "host-bootstrap-resume-1000.service"
        let text = try ResumedRun.text(unit, for: Self.ops, program: "/usr/local/libexec/host-bootstrap/host-bootstrap")
        let read = UnitText(text)
        #expect(UnitText.mistakes(in: text, of: try UnitName(unit)).isEmpty)
        #expect(read.values("User", in: "Service") == ["1000"])
        #expect(
            read.values("ExecStart", in: "Service") == ["/usr/local/libexec/host-bootstrap/host-bootstrap detached-run"]
        )
        let folder = "/etc/systemd/system"
        #expect(
            read.values("ExecStartPre", in: "Service")
                == ["+/bin/rm -f \(folder)/\(unit) \(folder)/multi-user.target.wants/\(unit)"])
    }

    @Test(arguments: ["/home/o p/x", "/home/%h/x", "/x\n[Service]\nUser=root", "/home/ops/$X", "/x;y", "/x\"y", "/é"])
    func `a program whose path systemd would read otherwise is refused`(path: String) {
        #expect(throws: PrivilegedError.self) { try ResumedRun.text("x.service", for: Self.ops, program: path) }
    }
}
