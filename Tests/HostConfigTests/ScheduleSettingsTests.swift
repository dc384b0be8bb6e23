import HostConfig
import Testing

@Suite struct ScheduleSettingsTests {
    private static let hub =
        #""hub": {"url": "https://hub.example.org/at/api/v1/hosts/host-1/status", "token": {"file": "/t"}}"#

    private static func load(_ members: String) -> Result<HostConfiguration, ConfigurationError> {
        HostConfiguration.load(Array(ConfigFile.text(members).utf8), file: "host.json")
    }

    @Test func `a host looks at itself when it is told how often, reports unless told to repair, and is off else`()
        throws
    {
        #expect(try Self.load("").get().schedule == nil)
        let schedule = try #require(try Self.load(#""schedule": {"every_minutes": 30}"#).get().schedule)
        #expect(schedule.mode == .report && schedule.everySeconds == 1800 && schedule.source == nil)
        #expect(
            try Self.load(#""schedule": {"every_minutes": 1, "mode": "repair"}"#).get().schedule?.mode == .repair)
    }

    @Test func `the config comes from the hub that is reported to, or from where the config says`() throws {
        let schedule = #""schedule": {"every_minutes": 30}"#
        let ofHub = try Self.load("\(Self.hub), \(schedule)").get()
        #expect(ofHub.schedule?.source?.text == "https://hub.example.org/at/bootstrap/host-1/config.json")
        #expect(ofHub.hub?.checkIns?.text == "https://hub.example.org/at/api/v1/hosts/host-1/check-in")
        let elsewhere = #""schedule": {"every_minutes": 30, "config_url": "https://a.example/c.json"}"#
        #expect(try Self.load("\(Self.hub), \(elsewhere)").get().schedule?.source?.text == "https://a.example/c.json")
    }

    @Test(arguments: [
        "https://a.example/status", "https://a.example/api/v1/hosts/status",
        "https://a.example/api/v1/hosts/h/status?x=1",
        "https://a.example/api/v2/hosts/h/status",
    ])
    func `an address that is no hub's of ours leads to no config and takes no check-in`(url: String) throws {
        let hub = #""hub": {"url": "\#(url)", "token": {"file": "/t"}}, "schedule": {"every_minutes": 30}"#
        let configuration = try Self.load(hub).get()
        #expect(configuration.schedule?.source == nil)
        #expect(configuration.hub?.checkIns == nil)
    }

    @Test(arguments: [
        (#"{}"#, "schedule: missing field \"every_minutes\""),
        (#"{"every_minutes": 0}"#, "schedule.every_minutes: expected a whole number from 1 to 10080, found 0"),
        (
            #"{"every_minutes": 30, "mode": "mend"}"#,
            "schedule.mode: expected one of \"report\", \"repair\", found \"mend\""
        ),
        (
            #"{"every_minutes": 30, "config_url": "http://a.example/c"}"#,
            "schedule.config_url: expected a URL with https:, file:, or http: to a loopback address"
        ),
        (#"{"every_minute": 30}"#, "unknown field \"every_minute\"; did you mean \"every_minutes\"?"),
    ])
    func `a mistake is told with its field`(text: String, words: String) {
        guard case .failure(let error) = Self.load("\"schedule\": \(text)") else {
            Issue.record("taken: \(text)")
            return
        }
        #expect(error.diagnostics.contains { $0.description.contains(words) }, "\(error.diagnostics)")
    }
}
