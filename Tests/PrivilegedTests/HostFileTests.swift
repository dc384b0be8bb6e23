@testable import Platform
@testable import Privileged
import Testing

@Suite struct HostFileTests {
    private static func file(_ path: String, mode: UInt32 = 0o644) -> HostFile {
        HostFile(path: path, content: [], mode: mode, owner: "root", group: nil)
    }

    @Test(arguments: FilePlace.allCases)
    func `root writes a file in each of the places`(place: FilePlace) throws {
        let path = "\(place.rawValue)/own.conf"
        #expect(try Self.file(path).check() == place)
        // Such a file is no environment that a unit may name, nor any other that is written for a user.
        #expect(throws: PrivilegedError.self) { try RootFile(path: path).checkPlace() }
    }

    @Test(arguments: ["/etc/passwd", "/etc/sudoers.d/x", "/etc/cron.d/x", "/etc/sysctl.d/../x.conf", "/usr/bin/x"])
    func `root writes none elsewhere, whatever the config's reader let through`(path: String) {
        #expect(throws: PrivilegedError.self) { try Self.file(path).check() }
    }

    @Test(arguments: [0o4755, 0o2755, 0o1755, 0o666, 0o664, 0o044] as [UInt32])
    func `root gives no mode that sets an identity or lets others write`(mode: UInt32) {
        #expect(throws: PrivilegedError.self) { try Self.file("/usr/local/bin/x", mode: mode).check() }
    }

    @Test func `behind the closed door none is written`() throws {
        let caller = Account(name: "ops", user: 1000, group: 1000, home: "/home/ops")
        let boundary = Boundary(caller: caller, known: KnownUnits(policy: HelperPolicy(), folder: "/nowhere"))
        for place in FilePlace.allCases {
            #expect(throws: PrivilegedError.self) {
                try boundary.check(.putFile(Self.file("\(place.rawValue)/x.conf")))
            }
        }
    }
}
