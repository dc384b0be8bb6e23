import Platform
import Testing

@testable import Hub

@Suite struct UserDataTests {
    static let config = """
        {"bootstrap_user": "nobody", "hub": {"url": "https://hub.example.org/api/v1/hosts/h1/status",
         "token": {"file": "/var/lib/boot's/hub-token"}}}
        """

    @Test func `it is one script under 16 KiB that every shell reads, and its token works`() async throws {
        try await LiveHub.with { hub in
            let first = try hub.host("h1", config: Self.config)
            _ = try hub.hub.addBinary(hub.file("agent", IntakeTests.elf(62)))
            let script = try hub.hub.userData(HostID("h1"), hub: nil)
            #expect(script.count <= 16384)
            for shell in [["/bin/dash"], ["/bin/bash", "--posix"], ["/bin/busybox", "sh"]] {
                let check = try await Subprocess.run(Command(shell[0], shell.dropFirst() + ["-n"], input: script))
                #expect(check.succeeded, "\(shell): \(check.errors)")
            }
            let text = String(decoding: script, as: UTF8.self)
            #expect(text.contains("'https://hub.example.org/bootstrap/h1/config.json'"))

            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("token() { echo '") })
            let token = String(line.split(separator: "'")[1])
            #expect(token != first)
            #expect(try await hub.post(report(), host: "h1", token: token).status == 200)
            #expect(try await hub.post(report(), host: "h1", token: first).status == 200)
        }
    }

    @Test func `with a binary for each architecture in the hub, it serves both`() async throws {
        try await LiveHub.with { hub in
            _ = try hub.host("h1", config: Self.config)
            let binaries = try [62, 183].map { try hub.hub.addBinary(hub.file("agent", IntakeTests.elf($0))) }
            let script = try hub.hub.userData(HostID("h1"), hub: nil)
            #expect(script.count <= 16384)
            for (machine, binary) in zip(["x86_64", "aarch64"], binaries) {
                #expect(
                    String(decoding: script, as: UTF8.self).contains(
                        "\n\(machine))\nBOOTSTRAP_BINARY_URL='https://hub.example.org\(binary.urlPath)'"))
            }
        }
    }

    @Test func `the address given goes before the config's, and the standard one is last`() async throws {
        try await LiveHub.with { hub in
            _ = try hub.host("h1", config: Self.config)
            _ = try hub.host("h2", config: #"{"bootstrap_user": "boot"}"#)
            _ = try hub.hub.addBinary(hub.file("agent", IntakeTests.elf(62)))
            let given = try hub.hub.userData(HostID("h1"), hub: HubURL("http://10.0.0.1:8002/"))
            #expect(String(decoding: given, as: UTF8.self).contains("'http://10.0.0.1:8002/bootstrap/h1/config.json'"))
            let standard = try hub.hub.userData(HostID("h2"), hub: nil)
            #expect(
                String(decoding: standard, as: UTF8.self).contains("'http://127.0.0.1:8002/bootstrap/h2/config.json'"))
        }
    }

    @Test(
        .enabled(if: Account.currentUser == 0, "needs root for a mount namespace"))
    func `run as root, it leaves the token to the user alone and ends as the stub does`() async throws {
        let stub = PinnedStub(
            host: try HostID("h1"), config: nil, hub: try HubURL("https://hub"), binaries: [:],
            stub: Array("echo \"user $BOOTSTRAP_USER notify ${NOTIFY_SOCKET:-none}\"\n(exit 7)\n".utf8))
        let config = try #require(ServedConfig(Array(Self.config.utf8)))
        let token = BearerToken.random()
        let script = try UserData(stub: stub, config: config, token: token).bytes(as: .shell)
        // A private mount of /var/lib keeps all that is written from this machine.
        let inside = """
            mount -t tmpfs none /var/lib && cat >/var/lib/user-data && sh /var/lib/user-data </dev/null
            code=$?; stat -c '%a %U' "/var/lib/boot's/hub-token"; cat "/var/lib/boot's/hub-token"; exit $code
            """
        var environment = Command.plainEnvironment
        environment["NOTIFY_SOCKET"] = "/leaked"
        let result = try await Subprocess.run(
            Command(
                "/usr/bin/unshare", ["--mount", "sh", "-c", inside], environment: environment, input: script,
                workingDirectory: "/"))
        #expect(result.exitCode == 7)
        #expect(result.output == "user nobody notify none\n600 nobody\n\(token.text)\n", "\(result.errors)")
    }

    @Test func `a host without a user, a host that is not there, and a hub without a binary are refused`()
        async throws
    {
        try await LiveHub.with { hub in
            _ = try hub.host("h1", config: "{}")
            #expect(throws: HubError.noBinary) { try hub.hub.userData(HostID("h1"), hub: nil) }
            _ = try hub.hub.addBinary(hub.file("agent", IntakeTests.elf(62)))
            #expect(throws: HubError.noSuchHost("none")) { try hub.hub.userData(HostID("none"), hub: nil) }
            #expect(throws: HubError.unusableField(host: "h1", field: "bootstrap_user", reason: "is missing")) {
                try hub.hub.userData(HostID("h1"), hub: nil)
            }
            for user in ["root", "-x", "a b", "$(id)"] {
                _ = try hub.hub.addHost(
                    HostID("h1"), config: hub.file("c.json", Array(#"{"bootstrap_user": "\#(user)"}"#.utf8)))
                #expect(throws: HubError.self) { try hub.hub.userData(HostID("h1"), hub: nil) }
            }
        }
    }
}
