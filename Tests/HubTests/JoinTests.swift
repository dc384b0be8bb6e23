import Platform
import Testing

@testable import Hub

/// How a machine becomes a host with one command, and what a join token is good for.
@Suite(.postgreSQL) struct JoinTests {
    private static let path = "/bootstrap/h1/stub.sh"

    @Test(arguments: TestDatabase.available)
    func `a join token gives its host a token, again until that reports, and then nothing more`(
        database: TestDatabase
    ) async throws {
        try await LiveHub.with(database) { hub in
            let old = try hub.host("h1", config: BootstrapRouteTests.config)
            let join = try #require(try hub.hub.store.issueJoinToken(for: HostID("h1"))).text
            let first = try #require(try await given(hub, join))
            // The answer was lost on the way: what it held is worth nothing from then on.
            let second = try #require(try await given(hub, join))
            #expect(first != second)
            #expect(try await hub.get("/bootstrap/h1/config.json", as: first).status == 401)
            // A config that was fetched shows nothing yet: the way may break behind it.
            #expect(try await hub.get("/bootstrap/h1/config.json", as: second).body == BootstrapRouteTests.config)
            let third = try #require(try await given(hub, join))
            #expect(try await hub.post(report(), host: "h1", token: third).status == 200)
            let used = try await hub.get(Self.path, as: join)
            #expect(used.status == 401 && !used.body.contains("#!/bin/sh"))
            #expect(try await hub.post(report(sequence: 2), host: "h1", token: third).status == 200)
            // The host's other tokens are not the join token's matter.
            #expect(try await hub.post(report(sequence: 3), host: "h1", token: old).status == 200)
        }
    }

    @Test(arguments: TestDatabase.available)
    func `a join token is for one host and one hour, reads no config, and ends with the host's tokens`(
        database: TestDatabase
    ) async throws {
        try await LiveHub.with(database) { hub in
            _ = try hub.host("h1", config: BootstrapRouteTests.config)
            _ = try hub.host("h2", config: BootstrapRouteTests.config)
            let id = try HostID("h1"), store = hub.hub.store
            let join = try #require(try store.issueJoinToken(for: id)).text
            #expect(try await hub.get("/bootstrap/h2/stub.sh", as: join).status == 401)
            #expect(try await hub.get("/bootstrap/h1/config.json", as: join).status == 401)
            #expect(try await hub.post(report(), host: "h1", token: join).status == 401)
            let late = try #require(try store.issueJoinToken(for: id, for: TokenLifetime(milliseconds: 0))).text
            #expect(try await hub.get(Self.path, as: late).status == 401)
            #expect(try await hub.get(Self.path, as: BearerToken.random().text).status == 401)
            // Asking for the head alone gives nothing away.
            #expect(try await hub.get(Self.path, as: join, "-I").status == 200)
            #expect(try await hub.get(Self.path, as: nil).body.contains("token()") == false)
            #expect(HubStore.joinLimit == TokenLifetime(hours: 1))
            let given = try #require(try await given(hub, join))
            _ = try hub.hub.replaceTokens(of: id)
            #expect(try await hub.get(Self.path, as: join).status == 401)
            #expect(try await hub.get("/bootstrap/h1/config.json", as: given).status == 401)
            let again = try #require(try store.issueJoinToken(for: id)).text
            try hub.hub.removeHost(id)
            _ = try hub.host("h1", config: BootstrapRouteTests.config)
            #expect(try await hub.get(Self.path, as: again).status == 401)
        }
    }

    @Test(.enabled(if: Account.currentUser == 0, "needs root for a mount namespace"))
    func `the printed command alone brings token, config and agent, and shows the token to nobody`() async throws {
        try await LiveHub.with { hub in
            let config = """
                {"bootstrap_user": "nobody", "bootstrap_root": "/var/lib/host", "hub": {"token": {"file": "/var/lib/ours/hub-token"}}}
                """
            _ = try hub.host("h1", config: config)
            _ = try hub.hub.addBinary("/bin/echo")
            let made = try await HubProgram.run(
                "join-command", "h1", "--hub-url", hub.url, "--data", "\(hub.folder)/data")
            #expect(made.exitCode == 0 && made.errors.contains("once, within an hour"), "\(made.errors)")
            // Every program that is started tells its arguments; a private mount keeps what is written from this machine.
            let inside = """
                mount -t tmpfs none /var/lib && mkdir /var/lib/spies && cd /var/lib/spies || exit
                for name in curl runuser setpriv tee mv chown mktemp; do
                    printf '#!/bin/sh\\necho "$0 $*" >>/var/lib/calls\\nexec /usr/bin/%s "$@"\\n' $name >$name
                done
                chmod 755 *; : >/var/lib/calls; chmod 666 /var/lib/calls; PATH=/var/lib/spies:$PATH; mv /usr/sbin/x y 2>/dev/null
                \(made.output)
                cat /var/lib/host/bootstrap/bootstrap-config.json; stat -c ' %a %U' /var/lib/ours/hub-token
                cat /var/lib/ours/hub-token; echo ---; cat /var/lib/calls; echo ---
                cat /var/lib/host/bootstrap/bootstrap.log; ls -A /var/lib/host/bootstrap
                """
            let result = try await Subprocess.run(
                Command("/usr/bin/unshare", ["--mount", "sh", "-c", inside], workingDirectory: "/"),
                timeout: .seconds(60))
            let start = "--config /var/lib/host/bootstrap/bootstrap-config.json\n\(config) 600 nobody\n"
            #expect(result.output.hasPrefix(start), "\(result.output)\(result.errors)")
            let parts = result.output.dropFirst(start.count).split(separator: "---\n")
            try #require(parts.count == 3)
            let token = String(parts[0].dropLast()), join = try #require(Self.token(in: made.output))
            #expect(BearerToken(token) != nil)
            #expect(parts[1].contains("curl -fsSK -") && parts[1].contains("/curl -fsSLg"), "\(parts[1])")
            for secret in [token, join] {
                let half = secret.suffix(64)
                #expect(!parts[1].contains(half) && !parts[2].contains(half) && !result.errors.contains(half))
            }
            #expect(parts[2].hasSuffix("bootstrap-config.json\nbootstrap.log\n"), "\(parts[2])")
            #expect(try await hub.post(report(), host: "h1", token: token).status == 200)
        }
    }

    @Test func `a hub that shows tokens to the network, has no agent or no such host gives no command`() async throws {
        try await LiveHub.with { hub in
            _ = try hub.host("h1", config: BootstrapRouteTests.config)
            #expect(throws: HubError.noBinary) { try hub.hub.joinCommand(HostID("h1"), hub: nil) }
            _ = try hub.hub.addBinary(hub.file("agent", IntakeTests.elf(62)))
            #expect(throws: HubError.noSuchHost("h9")) { try hub.hub.joinCommand(HostID("h9"), hub: nil) }
            let plain = try HubURL("http://10.0.0.1:8002")
            #expect(throws: HubError.plainHub(plain.text)) { try hub.hub.joinCommand(HostID("h1"), hub: plain) }
            for url in ["https://hub.example.org", "http://127.0.0.1:8002", "http://localhost", "http://[::1]:1"] {
                let command = try hub.hub.joinCommand(HostID("h1"), hub: HubURL(url))
                #expect(command.contains(" \(url)/bootstrap/h1/stub.sh ") && command.hasSuffix(" | curl -fsSK - | sh"))
            }
        }
    }

    /// The token that the stub brings, which is fetched with a join token.
    private func given(_ hub: LiveHub, _ join: String) async throws -> String? {
        let reply = try await hub.get(Self.path, as: join)
        #expect(reply.headers["cache-control"] == "no-store")
        return Self.token(in: reply.body)
    }

    private static func token(in text: String) -> String? {
        text.firstMatch(of: /[0-9a-f]{16}\.[0-9a-f]{64}/).map { String($0.output) }
    }
}
