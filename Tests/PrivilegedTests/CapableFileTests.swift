import Glibc
@testable import Platform
@testable import Privileged
import Testing

@Suite struct CapableFileTests {
    @Test(.enabled(if: geteuid() == 0, "root gives capabilities"))
    func `a user's own program is given capabilities, and none that is reached or named in another way`() async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/capable-file-")
        defer { try? Folders.removeTree(folder) }
        let path = "\(folder)/program"
        try Files.replace(path, with: Array("x".utf8), mode: 0o755)
        let file = CapableFile(path: path, owner: "root")
        try await file.give("cap_net_raw=ep")
        #expect(try FileCapabilities.of(path).text == "cap_net_raw=ep")
        try await file.give("none")
        #expect(try FileCapabilities.of(path) == .none)

        try Files.replaceLink("\(folder)/link", target: "program")
        #expect(link(path, "\(folder)/second") == 0)
        #expect(mkfifo("\(folder)/fifo", 0o755) == 0)
        for name in ["second", "program"] {
            let named = CapableFile(path: "\(folder)/\(name)", owner: "root")
            await #expect(throws: PrivilegedError.self, "\(name)") { try await named.give("cap_net_raw=ep") }
        }
        unlink("\(folder)/second")
        for name in ["link", "fifo", "", "../\(Files.name(of: folder))/program", "absent"] {
            let other = CapableFile(path: "\(folder)/\(name)", owner: "root")
            await #expect(throws: PrivilegedError.self, "\(name)") { try await other.give("cap_net_raw=ep") }
        }
        let foreign = CapableFile(path: path, owner: "nobody")
        await #expect(throws: PrivilegedError.self) { try await foreign.give("cap_net_raw=ep") }
        #expect(try FileCapabilities.of(path) == .none)
    }

    @Test func `behind the closed door a program may be let listen on any port, and no more`() throws {
        let caller = Account(name: "ops", user: 1000, group: 1000, home: "/home/ops")
        let boundary = Boundary(caller: caller, known: KnownUnits(policy: HelperPolicy(), folder: "/nowhere"))
        let asked = { (text: String, owner: String) throws(PrivilegedError) in
            try boundary.check(.setFileCapabilities(path: "/home/ops/x", capabilities: text, owner: owner))
        }
        try asked("cap_net_bind_service=ep", "ops")
        try asked("none", "ops")
        for text in [
            "cap_setuid=ep", "cap_net_bind_service,cap_sys_admin=ep", "0x\(String(repeating: "01", count: 20))", "",
        ] {
            #expect(throws: PrivilegedError.self, "\(text)") { try asked(text, "ops") }
        }
        #expect(throws: PrivilegedError.self) { try asked("none", "root") }
    }
}
