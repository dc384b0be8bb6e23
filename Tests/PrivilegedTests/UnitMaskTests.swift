import Platform
@testable import Privileged
import Systemd
import Testing

@Suite struct UnitMaskTests {
    @Test(arguments: [
        "/etc/passwd", "/etc/systemd/system/b.service.d/x.conf", "/usr/lib/systemd/system/a.service.d/x.conf",
        "/etc/systemd/system/a.service.d/../../../passwd", "/etc/systemd/system/a.service.d/x", "x.conf",
        "/etc/systemd/system/service.d/x.conf",
    ])
    func `root sets nothing aside but the unit's own drop-ins`(path: String) async throws {
        let unit = try UnitName("a.service")
        let error = await #expect(throws: PrivilegedError.self) { try await DropIn(path, of: unit).setAside() }
        guard case .refused(_, path, let hint) = error else { throw Unexpected(error: error) }
        #expect(hint.contains("systemctl cat"))
    }

    @Test func `a refused request says what to change, and not only that it was refused`() {
        let words = PrivilegedError.refused(what: "no", place: "/x", hint: "name another").explanation
        #expect(words == Explanation("refused: no", at: "/x", hint: "name another"))
    }
}

private struct Unexpected: Error { let error: PrivilegedError? }
