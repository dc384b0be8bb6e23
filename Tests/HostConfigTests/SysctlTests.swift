import HostConfig
import Platform
import Testing

@Suite struct SysctlTests {
    private static func values(_ member: String) -> [String: String]? {
        guard
            case .success(let configuration) = HostConfiguration.load(
                Array(ConfigFile.text(member).utf8), file: "host.json")
        else { return nil }
        return Dictionary(uniqueKeysWithValues: configuration.sysctl.map { ($0.key.name, $0.value) })
    }

    @Test func `a setting is a whole number or a line of text, under the name that sysctl has for it`() {
        let member =
            #""sysctl": {"net.core.somaxconn": 4096, "kernel.panic": -1, "net/ipv4/conf/eth0.1/rp_filter": "2"}"#
        #expect(
            Self.values(member) == [
                "net.core.somaxconn": "4096", "kernel.panic": "-1", "net/ipv4/conf/eth0.1/rp_filter": "2",
            ])
        #expect(KernelSetting("net/ipv4/conf/eth0.1/rp_filter")?.path == "/proc/sys/net/ipv4/conf/eth0.1/rp_filter")
        #expect(KernelSetting("vm.swappiness")?.path == "/proc/sys/vm/swappiness")
    }

    @Test(arguments: [
        "", "vm", "vm.", ".vm", "vm..x", "vm/../../etc/passwd", "../vm", "/vm/x", "vm/x/", "vm/./x", "vm.x y", "vm.x\n",
        "vm.x=1", "vm.*", "-vm.x=", "vm.\u{e9}", "vm.x\u{0}",
    ])
    func `what leads to no one file beneath proc is no setting`(name: String) {
        #expect(KernelSetting(name) == nil)
    }

    @Test(arguments: [
        (#"{"vm": 1}"#, "12: error: sysctl: expected a setting such as net.core.somaxconn, found \"vm\""),
        (
            #"{"vm.swappiness": 1, "vm/swappiness": 2}"#,
            "32: error: sysctl: \"vm.swappiness\" and \"vm/swappiness\" are the same setting"
        ),
        (
            #"{"vm.swappiness": "1\n2"}"#,
            #"29: error: sysctl["vm.swappiness"]: expected one line of text, or a whole number, found "1\u000a2""#
        ),
        (#"{"vm.swappiness": true}"#, #"29: error: sysctl["vm.swappiness"]: expected a string, found true"#),
    ])
    func `each mistake has its own words and place`(value: String, complaint: String) {
        #expect(ConfigFile.complaints(ConfigFile.text("\"sysctl\": \(value)")) == ["host.json:2:\(complaint)"])
    }
}
