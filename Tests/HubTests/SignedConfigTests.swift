import Platform
import Testing

@testable import Hub

/// Signatures of configs at the hub, which has no key to make them with.
@Suite(.postgreSQL, .enabled(if: Files.isAccessible("/usr/bin/minisign", 1), "needs minisign to sign"))
struct SignedConfigTests {
    private static let config = #"{"bootstrap_user": "boot", "bootstrap_root": "/home/boot/host", "host_id": "h1"}"#

    @Test(arguments: TestDatabase.available)
    func `the signature beside a config is served beside it, to the host alone, and a new config has none of the old`(
        database: TestDatabase
    ) async throws {
        try await LiveHub.with(database) { hub in
            let config = try hub.file("c.json", Array(Self.config.utf8))
            let signature = try await sign(config, in: hub)
            let token = try #require(try hub.hub.addHost(HostID("h1"), config: config).token)
            let proof = ["-H", "Authorization: Bearer \(token)"]
            let url = "\(hub.url)/bootstrap/h1/config.json.minisig"
            #expect(try await Reply.curl(proof + [url]).body == signature)
            #expect(try await Reply.curl([url]).status == 401)

            let other = try hub.file("d.json", Array("\(Self.config)\n".utf8))
            #expect(try hub.hub.addHost(HostID("h1"), config: other).token == nil)
            #expect(try await Reply.curl(proof + [url]).status == 404)
            let later = try await sign(other, in: hub)
            #expect(try hub.hub.setSignature("\(other).minisig", of: HostID("h1")) == [])
            #expect(try await Reply.curl(proof + [url]).body == later)
        }
    }

    @Test func `what is no signature, and one for no config, are refused`() async throws {
        try await LiveHub.with { hub in
            let config = try hub.file("c.json", Array(Self.config.utf8))
            let bad = try hub.file("c.json.minisig", Array("x".utf8))
            #expect(throws: HubError.notASignature(path: bad)) { try hub.hub.addHost(HostID("h1"), config: config) }
            _ = try await sign(config, in: hub)
            #expect(throws: HubError.noSuchHost("h1")) {
                _ = try hub.hub.setSignature("\(config).minisig", of: HostID("h1"))
            }
            _ = try hub.hub.addHost(HostID("h1"), config: nil)
            #expect(throws: HubError.nothingToSign("h1")) {
                try hub.hub.setSignature("\(config).minisig", of: HostID("h1"))
            }
        }
    }

    @Test func `stub and user-data carry the hub's keys, and what hosts would refuse is told`() async throws {
        try await LiveHub.with { hub in
            let config = try hub.file("c.json", Array(Self.config.utf8))
            _ = try await sign(config, in: hub)
            let key = try #require(try Files.text("\(hub.folder)/k.pub")).split(separator: "\n")[1]
            try Files.replace("\(hub.folder)/data/config-keys", with: Array("# ours\n\(key)\n".utf8), mode: 0o644)
            let own = try Hub(data: "\(hub.folder)/data")
            _ = try own.addBinary(hub.file("agent", IntakeTests.elf(62)))
            #expect(try own.addHost(HostID("h1"), config: config).warnings == [])
            let pinned = "BOOTSTRAP_CONFIG_KEYS='\(key)'"
            let script = try own.userData(HostID("h1"), hub: HubURL("https://hub"))
            #expect(String(decoding: script, as: UTF8.self).contains(pinned))
            let given = try own.userData(HostID("h1"), hub: HubURL("https://hub"), keys: ConfigKeys("1,\(key)"))
            #expect(String(decoding: given, as: UTF8.self).contains(pinned))
            let server = try HubServer(
                own, on: ListenAddress("127.0.0.1:0"), onFailure: { Issue.record("\($0.summary)") })
            let stub = try await Reply.curl(["\(server.url.text)/bootstrap/h1/stub.sh"]).body
            await server.stop()
            #expect(stub.contains(pinned))

            let changed = try hub.file("c.json", Array("\(Self.config)\n".utf8))
            let warnings = try own.addHost(HostID("h1"), config: changed).warnings
            #expect(warnings.count == 1 && warnings[0].contains("is signed by 0 keys of 1 of"), "\(warnings)")
            let unsigned = try own.addHost(HostID("h1"), config: hub.file("d.json", Array(Self.config.utf8))).warnings
            #expect(unsigned.count == 1 && unsigned[0].contains("is not signed"), "\(unsigned)")
        }
    }

    @Test(arguments: ["", "x", "2 RWQ", "# only a remark\n"])
    func `a folder whose keys cannot be read serves no stub without them`(text: String) async throws {
        try await LiveHub.with { hub in
            try Files.replace("\(hub.folder)/data/config-keys", with: Array(text.utf8), mode: 0o644)
            #expect(throws: HubError.self) {
                try HubServer(Hub(data: "\(hub.folder)/data"), on: ListenAddress("127.0.0.1:0"), onFailure: { _ in })
            }
        }
    }

    private func sign(_ config: String, in hub: LiveHub) async throws -> String {
        let line =
            "[ -e k.key ] || minisign -G -W -p k.pub -s k.key; rm -f \(config).minisig; minisign -S -W -s k.key -m \(config)"
        let made = try await Subprocess.run(
            Command("/bin/sh", ["-euc", line], workingDirectory: hub.folder), timeout: .seconds(60))
        try #require(made.succeeded, "\(made.errors)")
        return try #require(try Files.text("\(config).minisig"))
    }
}
