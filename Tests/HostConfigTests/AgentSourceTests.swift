import Digests
import HostConfig
import Testing

@Suite struct AgentSourceTests {
    private static let digest = String(repeating: "0f", count: 32)

    private static func load(_ agent: String) -> Result<HostConfiguration, ConfigurationError> {
        HostConfiguration.load(Array(ConfigFile.text("\"agent\": \(agent)").utf8), file: "host.json")
    }

    @Test func `an agent is named for each architecture, or for one`() throws {
        let entry = #"{"url": "https://a.example/agent", "sha256": "\#(Self.digest)"}"#
        let configuration = try Self.load(#"{"aarch64": \#(entry)}"#).get()
        #expect(configuration.agent[.x86_64] == nil)
        #expect(configuration.agent[.aarch64]?.digest.hex == Self.digest)
        #expect(configuration.agent[.aarch64]?.url.text == "https://a.example/agent")
    }

    @Test(arguments: [
        ("{}", "agent: there is none for any architecture"),
        (#"{"riscv64": {}}"#, "unknown field \"riscv64\""),
        (#"{"x86_64": {"url": "https://a.example/agent"}}"#, "agent.x86_64: missing field \"sha256\""),
        (
            #"{"x86_64": {"url": "http://a.example/agent", "sha256": "\#(Self.digest)"}}"#,
            "agent.x86_64.url: expected a URL with https:"
        ),
        (#"{"x86_64": {"url": "https://a.example/agent", "sha256": "12"}}"#, "agent.x86_64.sha256: expected"),
    ])
    func `a mistake is told with its field`(text: String, words: String) {
        guard case .failure(let error) = Self.load(text) else {
            Issue.record("taken: \(text)")
            return
        }
        #expect(error.diagnostics.contains { $0.description.contains(words) }, "\(error.diagnostics)")
    }
}
