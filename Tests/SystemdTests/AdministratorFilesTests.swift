import Platform
import Systemd
import Testing

@Suite struct AdministratorFilesTests {
    @Test(arguments: [
        ("/etc/systemd/system/a.service.d/override.conf", true), ("/run/systemd/system/a.service.d/x.conf", true),
        ("/etc/systemd/system.control/a.service.d/50-x.conf", true),
        ("/usr/lib/systemd/system/a.service.d/x.conf", false),
        ("/etc/systemd/system/service.d/x.conf", false), ("/etc/systemd/system/b.service.d/x.conf", false),
        ("/etc/systemd/system/a.service.d/../../x.conf", false), ("/etc/systemd/system/a.service.d/x.txt", false),
        ("/etc/systemd/system/a.service.d/.x.conf", false), ("/etc/systemd/system/a.service.d//x.conf", false),
    ])
    func `a drop-in of the unit's own is told from all others`(path: String, isOwn: Bool) throws {
        #expect(AdministratorFiles.isDropIn(path, of: try UnitName("a.service")) == isOwn)
    }

    @Test func `a mask is a link to the null device or an empty file`() throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/masks-")
        defer { try? Folders.removeTree(folder) }
        try Files.replaceLink("\(folder)/link", target: "/dev/null")
        try Files.replaceLink("\(folder)/other", target: "/dev/zero")
        try Files.replace("\(folder)/empty", with: [], mode: 0o644)
        try Files.replace("\(folder)/full", with: [65], mode: 0o644)
        let masks = try ["link", "other", "empty", "full", "none"].filter {
            try AdministratorFiles.isMask("\(folder)/\($0)")
        }
        #expect(masks == ["link", "empty"])
    }
}
