import HostConfig
import Platform
import Testing

@Suite struct HostSettingsTests {
    @Test func `a machine's name, time zone and language are each one word`() throws {
        let members =
            #""hostname": "node-7.example", "timezone": "America/Port-au-Prince", "locale": "ca_ES.UTF-8@valencia""#
        #expect(
            try ConfigFile.load(members).hostSettings == [
                .hostname: "node-7.example", .timezone: "America/Port-au-Prince", .locale: "ca_ES.UTF-8@valencia",
            ])
        #expect(try ConfigFile.load("").hostSettings == [:])
    }

    @Test(arguments: [
        (#""hostname": "-a""#, "a host name by RFC 1123 of at most 64 bytes, found \"-a\""),
        (#""hostname": "a..b""#, "a host name by RFC 1123 of at most 64 bytes, found \"a..b\""),
        (
            #""timezone": "../../etc/passwd""#,
            "a time zone such as \"Europe/Berlin\" or \"UTC\", found \"../../etc/passwd\""
        ),
        (#""timezone": "/UTC""#, "a time zone such as \"Europe/Berlin\" or \"UTC\", found \"/UTC\""),
        (#""locale": "a b""#, "a locale such as \"C.UTF-8\" or \"en_GB.UTF-8\", found \"a b\""),
        (#""locale": "../x""#, "a locale such as \"C.UTF-8\" or \"en_GB.UTF-8\", found \"../x\""),
    ])
    func `what could lead elsewhere is no value`(member: String, words: String) {
        let complaints = ConfigFile.complaints(ConfigFile.text(member))
        #expect(complaints.count == 1 && complaints.allSatisfy { $0.contains("expected \(words)") }, "\(complaints)")
    }
}
