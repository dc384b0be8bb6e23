import Platform
@testable import Privileged
import Testing

@Suite struct HostSettingsTests {
    @Test(arguments: [
        (HostSetting.hostname, "a\nb"), (.hostname, "a b"), (.hostname, ""), (.timezone, "../../shadow"),
        (.timezone, "UTC\u{0}"), (.timezone, "Europe/Atlantis"), (.timezone, "Europe"), (.locale, "x\n*"),
        (.locale, "../x"),
    ])
    func `root sets nothing that is no such setting, whoever asks`(setting: HostSetting, value: String) async {
        await #expect(throws: PrivilegedError.self) { try await HostSettings(setting: setting, value: value).set() }
    }
}
