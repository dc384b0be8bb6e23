import HostConfig
import Platform
import Testing

@Suite struct FileSettingsTests {
    @Test func `a file is a place and a content, and the mode that suits both`() throws {
        let files = try ConfigFile.load(
            #"""
            "files": [{"path": "/etc/sysctl.d/90-x.conf", "content": "net.core.somaxconn = 1\n"},
            {"path": "/usr/local/bin/x", "content": "#!/bin/sh\n", "owner": "web", "group": "adm"},
            {"path": "/etc/containers/auth", "secret": "s3"},
            {"path": "/etc/logrotate.d/x", "content": "", "mode": "640"}]
            """#
        ).files
        #expect(files.map(\.mode) == [0o644, 0o755, 0o600, 0o640])
        #expect(files.map(\.owner) == ["root", "web", "root", "root"] && files[1].group == "adm")
        #expect(files[0].content == .text("net.core.somaxconn = 1\n"))
        #expect(!"\(files[2])".contains("s3"))
    }

    @Test(arguments: [
        "/etc/passwd", "/etc/sudoers.d/x", "/etc/sysctl.d/x", "/etc/sysctl.d/.x.conf", "/etc/sysctl.d/../passwd.conf",
        "/etc/sysctl.d/a/x.conf", "/etc/sysctl.d//x.conf", "/etc//sysctl.d/x.conf", "etc/sysctl.d/x.conf",
        "/etc/sysctl.d",
        "/etc/sysctl.d/60-host-bootstrap-ops.conf", "/usr/local/bin/-x", "/usr/local/bin/..", "/usr/local/bin/x y",
        "/usr/local/bin/x\n", "/usr/local/bin/", "/usr/local/libexec/host-bootstrap/host-bootstrap", "/usr/bin/x", "",
        "/etc/ssh/x", "/etc/pam.d/x", "/etc/host-bootstrap/policy.json", "/etc/web/sub/x", "/etc/.web/x", "/etc/-web/x",
        "/etc/web/.x", "/etc/web/", "/etc//x", "/etc/we b/x",
    ])
    func `no other place takes a file`(path: String) { #expect(FilePlace(of: path) == nil) }

    @Test(arguments: ["/etc/web/web.yaml", "/etc/web-1_x.d/key"])
    func `a folder in etc takes files of the service that it is named after`(path: String) {
        #expect(FilePlace(of: path) == .service)
    }

    @Test(arguments: ["web.service", "web@1.service", "web.timer"])
    func `a file in it asks for a unit of that name`(unit: String) throws {
        let files = #""files": [{"path": "/etc/web/web.yaml", "content": ""}]"#
        #expect(!ConfigFile.complaints(ConfigFile.text(files)).isEmpty)
        let units = #""units": [{"unit": "\#(unit)", "masked": true}]"#
        #expect(try ConfigFile.load("\(files), \(units)").files.count == 1)
    }

    @Test(arguments: ["4755", "2644", "1644", "0666", "664", "0044", "0", "09", "0o644", "00644", "", "+644"])
    func `no mode sets an identity, lets others write or keeps the owner out`(mode: String) {
        #expect(FilePlace.mode(mode) == nil)
    }

    @Test(arguments: [
        (
            #"{"path": "/etc/passwd", "content": ""}"#,
            "2:20: error: files[0].path: expected a plain name in /etc/sysctl.d"
        ),
        (
            #"{"path": "/usr/local/bin/x"}"#,
            "2:11: error: files[0]: missing field \"content\", \"secret\" or \"bundle\""
        ),
        (
            #"{"path": "/usr/local/bin/x", "content": "", "secret": "a"}"#,
            "2:65: error: files[0].secret: there is \"content\" already"
        ),
        (
            #"{"path": "/usr/local/bin/x", "content": "", "mode": "4755"}"#,
            "2:63: error: files[0].mode: expected an octal mode such as"
        ),
        (
            #"{"path": "/usr/local/bin/x", "content": ""}, {"path": "/usr/local/bin/x", "content": ""}"#,
            "2:56: error: files[1]: \"/usr/local/bin/x\" is listed twice"
        ),
        (#"{"content": ""}"#, "2:11: error: files[0]: missing field \"path\""),
    ])
    func `each mistake has its own words and place`(files: String, words: String) {
        let complaints = ConfigFile.complaints(ConfigFile.text("\"files\": [\(files)]"))
        #expect(complaints.count == 1 && complaints.allSatisfy { $0.hasPrefix("host.json:\(words)") }, "\(complaints)")
    }
}
