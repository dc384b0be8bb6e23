import HostConfig
import Testing

@Suite struct NamesTests {
    @Test(arguments: [
        "git", "g++", "libstdc++6", "python3.11", "libc6:i386", "nginx=1.22.1-9+deb12u1", "vim:any=2:9.0~rc1",
    ])
    func `apt takes the package for a package`(text: String) throws {
        #expect(try #require(AptPackage(text)).description == text)
    }

    @Test(arguments: [
        "", "a", "-o", "--yes", "Git", "git-", "git=1-", "./a.deb", "/a.deb", "a/stable", "task^", "git curl", "git*",
        "git=",
        "git:", "git:=1", "=1", "git=-1", "git:-x", "gít", "g\u{301}it", "git\n", "git,curl", "a_b",
    ])
    func `what apt would take for something else is no package`(text: String) {
        #expect(AptPackage(text) == nil)
    }

    @Test(arguments: [
        ("ubuntu-24.04+", "ubuntu", "24.04", true), ("ubuntu-24.04+", "ubuntu", "24.10", true),
        ("ubuntu-24.04+", "ubuntu", "26.04", true), ("ubuntu-24.04+", "ubuntu", "22.04", false),
        ("ubuntu-24.04+", "ubuntu", "24", false), ("ubuntu-24.04+", "debian", "25", false),
        ("debian-12", "debian", "12", true),
        ("debian-12", "debian", "12.5", true), ("debian-12", "debian", "13", false),
        ("debian-9+", "debian", "10", true),
        ("debian-12", "debian", "", false), ("debian-12", "debian", "trixie/sid", false),
        ("debian-12.0", "debian", "12", true),
        ("opensuse-leap-15.6", "opensuse-leap", "15.6", true),
    ])
    func `a system matches its release and, if so said, later ones`(
        text: String, id: String, version: String, matches: Bool
    ) throws {
        let system = try #require(SupportedSystem(text))
        #expect(system.matches(id: id, versionID: version) == matches)
        #expect(system.description == text)
    }

    @Test(arguments: [
        "", "debian", "debian-", "-12", "debian-12.", "debian-x", "debian-12++", "Debian-12", "debian-12 ", "d e-1",
    ])
    func `what is not ID and version is no system`(text: String) {
        #expect(SupportedSystem(text) == nil)
    }

    @Test(arguments: [
        ("80:web:8080", nil, 80, "web", 8080), ("*:80:web:8080", "*", 80, "web", 8080),
        ("127.0.0.1:80:10.0.0.1:1", "127.0.0.1", 80, "10.0.0.1", 1),
        ("[::1]:80:[fe80::1%eth0]:65535", "::1", 80, "fe80::1%eth0", 65535),
    ])
    func `a forward is read as ssh reads it`(text: String, bind: String?, port: Int, host: String, hostPort: Int) throws
    {
        let forward = try #require(PortForward(text))
        #expect(forward.bindAddress == bind && forward.port == port)
        #expect(forward.host == host && forward.hostPort == hostPort)
        #expect(forward.description == text)
    }

    @Test(arguments: [
        "", "80", "80:web", "0:web:80", "80:web:0", "65536:web:80", "080:web:80", "80::80", "80:-o:80", "a:b:c:d:e",
        "::1:80:a:80",
        "[::1:80:a:80", "[a]:80:b:80", "[::1]x:80:b:80", "80:web:80 ", "80:we b:80", "80:web:80:", "-1:a:1", "80:*:80",
    ])
    func `what ssh would read otherwise is no forward`(text: String) {
        #expect(PortForward(text) == nil)
    }

    @Test(arguments: [("x86_64", Architecture.x86_64), ("amd64", .x86_64), ("aarch64", .aarch64), ("arm64", .aarch64)])
    func `an architecture has two names`(name: String, architecture: Architecture) {
        #expect(Architecture(name: name) == architecture)
    }

    @Test(arguments: [
        "a.service", "a@b.service", "a-b_c:d.e@1.service", "a\\\\x2db.service", "a.socket", "a.timer", "a.path",
    ])
    func `systemd takes the name of the unit`(unit: String) throws {
        #expect(try ConfigFile.load(#""services": [{"unit": "\#(unit)", "masked": true}]"#).services.count == 1)
    }

    @Test(arguments: [
        "", ".service", "a.scope", "a.swap", "a", "a@.service", "@b.service", "a@b@c.service", "-a.service",
        "a/b.service",
        "a b.service",
    ])
    func `what systemd would not start by that name is refused`(unit: String) {
        #expect(
            ConfigFile.complaints(ConfigFile.text(#""services": [{"unit": "\#(unit)", "masked": true}]"#)).count == 1)
    }
}
