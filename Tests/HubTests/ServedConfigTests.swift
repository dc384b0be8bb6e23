import Testing

@testable import Hub

@Suite struct ServedConfigTests {
    @Test(arguments: [
        (#"{"hub": {"token": "abc"}}"#, "hub.token"), (#"{"a": [{"DB_Password": "x"}]}"#, "a[0].DB_Password"),
        (#"{"env": {"api_key": "x"}}"#, "env.api_key"), (#"{"u": "https://me:pw@host/x"}"#, "u"),
        (#"{"u": "https://host/x?a=1&X-Amz-Signature=1"}"#, "u"), (#"{"u": "https://host/x?sig=1"}"#, "u"),
        (#"{"headers": {"Authorization": "Bearer x"}}"#, "headers.Authorization"),
    ])
    func `a secret in a config is found and named`(config: String, field: String) throws {
        #expect(try #require(ServedConfig(Array(config.utf8))).secretFields == [field])
    }

    @Test(arguments: [
        #"{"hub": {"token": {"file": "/x"}, "url": "https://hub/x"}}"#, #"{"hub": {"token": {"env": "HUB_TOKEN"}}}"#,
        #"{"token_file": "/x", "password": ""}"#, #"{"u": "https://user@host/x?version=1"}"#,
        #"{"u": "https://host/a:b@c"}"#, #"{"signature_url": "https://host/x.minisig"}"#,
    ])
    func `the place of a secret is none`(config: String) throws {
        #expect(try #require(ServedConfig(Array(config.utf8))).secretFields == [])
    }

    @Test func `what seems to be a secret in a config is told of with its reason, and taken all the same`() async throws
    {
        try await LiveHub.with { hub in
            let text = #"{"hub": {"token": "abc"}, "environment": {"DB_PASSWORD": "x", "PORT": "1"}}"#
            let path = try hub.file("c.json", Array(text.utf8))
            let admission = try hub.hub.addHost(HostID("h1"), config: path)
            let told = admission.warnings.filter { $0.contains("seems to hold a secret") }
            #expect(told.map { $0.split(separator: " ")[2] } == ["hub.token", "environment.DB_PASSWORD"], "\(told)")
            #expect(told.allSatisfy { $0.contains("whoever has a token of the host can read the config") })
            #expect(try await hub.get("/bootstrap/h1/config.json", as: admission.token).body == text)
        }
    }

    @Test func `a config that is no JSON object is refused`() async throws {
        try await LiveHub.with { hub in
            for text in ["", "[]", "{", "1"] {
                let path = try hub.file("c.json", Array(text.utf8))
                #expect(throws: HubError.notAnObject(path: path)) { try hub.hub.addHost(HostID("h"), config: path) }
            }
        }
    }

    @Test func `adding a host again changes its config and keeps its token, or is refused`() async throws {
        try await LiveHub.with { hub in
            let token = try hub.host("h1", config: #"{"a": 1}"#)
            let path = try hub.file("new.json", Array(#"{"a": 2}"#.utf8))
            #expect(try hub.hub.addHost(HostID("h1"), config: path).token == nil)
            #expect(try await hub.get("/bootstrap/h1/config.json", as: token).body == #"{"a": 2}"#)
            #expect(try await hub.post(report(), host: "h1", token: token).status == 200)
            #expect(throws: HubError.hostExists("h1")) { try hub.hub.addHost(HostID("h1"), config: nil) }
        }
    }

    @Test func `what the agent would refuse is told line by line, and taken all the same`() async throws {
        try await LiveHub.with { hub in
            let good = #"{"bootstrap_user": "boot", "bootstrap_root": "/home/boot/host", "host_id": "h1"}"#
            let path = try hub.file("c.json", Array(good.utf8))
            #expect(try hub.hub.addHost(HostID("h1"), config: path).warnings == [])
            let other = try hub.hub.addHost(HostID("h2"), config: path)
            #expect(other.warnings.count == 1 && other.warnings[0].contains("h2"))
            #expect(other.token != nil)
            let bad = try hub.file(
                "d.json", Array(#"{"bootstrap_user": 1, "host_id": "h3", "bootstrap_rot": "/x"}"#.utf8))
            let warnings = try hub.hub.addHost(HostID("h3"), config: bad).warnings
            #expect(warnings.count >= 3)
            #expect(warnings.allSatisfy { $0.hasPrefix("\(bad):1:") })
        }
    }
}
