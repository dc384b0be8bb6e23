import Testing

@testable import HostConfig

/// Secrets that a config leaves to its hub.
@Suite struct HubSecretSettingsTests {
    private static func config(_ rest: String, hub: String = "https://hub.test/api/v1/hosts/h1/status") -> String {
        """
        {"bootstrap_user": "ops", "bootstrap_root": "/home/ops/host", "host_id": "h1",
         "hub": {"url": "\(hub)", "token": {"file": "/t"}}, \(rest)}
        """
    }

    private static func messages(_ text: String) -> [String] {
        switch HostConfiguration.load(Array(text.utf8), file: "host.json") {
        case .success: []
        case .failure(let error): error.diagnostics.map(\.description)
        }
    }

    @Test func `all of a config's are named, each once, whatever takes them`() throws {
        let text = Self.config(
            """
            "environment": {"A": {"hub": "db"}, "B": "x", "C": {"file": "/c"}},
            "units": [{"unit": "web.service", "content": "[Service]\\nExecStart=/bin/true\\n"}],
            "files": [{"path": "/etc/web/tls.key", "secret": {"hub": "tls.key"}}],
            "bundles": {"tools": {"url": "https://x.test/tools.tar.gz", "checksum": "\(String(repeating: "a", count: 64))",
                                  "authorization": {"hub": "db"}}},
            "data": [{"name": "d", "path": "/srv/d", "url": "https://x.test/d.tar.gz", "files": ["x"],
                      "checksum": "\(String(repeating: "a", count: 64))", "authorization": {"hub": "data"}}]
            """)
        let result = HostConfiguration.load(Array(text.utf8), file: "host.json")
        let configuration = try result.get()
        #expect(configuration.hubSecrets(for: nil) == ["data", "db", "tls.key"])
        #expect(configuration.hubSecrets(for: .x86_64) == ["data", "db", "tls.key"])
        #expect(
            configuration.hub?.address(ofSecret: "db")?.text == "https://hub.test/api/v1/hosts/h1/secrets/db")
    }

    @Test func `there must be a hub that could be asked, and its own token comes from elsewhere`() {
        let secret = #""environment": {"A": {"hub": "db"}}"#
        let elsewhere = Self.messages(Self.config(secret, hub: "https://hub.test/reports"))
        #expect(
            elsewhere.count == 1 && elsewhere[0].contains("the secret \"db\" is to come from the hub"), "\(elsewhere)")
        let none = Self.messages(
            #"{"bootstrap_user": "ops", "bootstrap_root": "/home/ops/host", "host_id": "h1", \#(secret)}"#)
        #expect(none.count == 1 && none[0].contains("\"hub\" must have the \"url\""), "\(none)")
        let own = Self.messages(
            Self.config(#""parallel": true"#).replacing(#"{"file": "/t"}"#, with: #"{"hub": "token"}"#))
        #expect(own.count == 1 && own[0].contains("for its \"token\""), "\(own)")
    }

    @Test(arguments: ["/etc/sysctl.d/x.conf", "/usr/local/bin/x", "/etc/modprobe.d/x.conf", "/etc/containers/x"])
    func `the hub does not say what the system reads`(path: String) {
        let found = Self.messages(Self.config(#""files": [{"path": "\#(path)", "secret": {"hub": "x"}}]"#))
        #expect(found.count == 1 && found[0].contains("into no place that the system reads"), "\(found)")
    }

    @Test func `a host asks for no secret of another architecture's bundle`() throws {
        let text = Self.config(
            """
            "bundles": {"t": {"authorization": {"hub": "two"}, "architectures": {"aarch64": {
                "url": "https://x.test/t.gz", "checksum": "\(String(repeating: "a", count: 64))"}}}}
            """)
        let configuration = try HostConfiguration.load(Array(text.utf8), file: "host.json").get()
        #expect(configuration.hubSecrets(for: .x86_64) == [])
        #expect(configuration.hubSecrets(for: .aarch64) == ["two"])
        #expect(configuration.hubSecrets(for: nil) == ["two"])
    }

    @Test(arguments: ["", "a/b", ".a", "a b", String(repeating: "a", count: 65)])
    func `what a file could not be called is no name`(name: String) {
        let found = Self.messages(Self.config(#""environment": {"A": {"hub": "\#(name)"}}"#))
        #expect(found.count == 1 && found[0].contains("a secret's name"), "\(found)")
    }
}
