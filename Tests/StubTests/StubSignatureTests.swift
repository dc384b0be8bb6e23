import Platform
import Testing

/// The stub brings the signature beside the config; who made it is the agent's to judge.
@Suite(.timeLimit(.minutes(5))) struct StubSignatureTests {
    @Test(arguments: StubTests.shells)
    func `with keys, the signature is fetched beside the config, with its query and the token`(shell: [String])
        async throws
    {
        try await with { user, server in
            try Files.replace("\(user.home)/token", with: Array("secret\n".utf8), mode: 0o644)
            let settings = try settings(user, "\(server.url)/host.json?a=1", keys: "RWx")
                .merging(["BOOTSTRAP_TOKEN_FILE": "\(user.home)/token"]) { $1 }
            let result = try await user.run(shell, settings)
            #expect(result.output == "config\nsignature\nRWx\n", "\(result.errors)")
            #expect(server.requests.contains("GET /host.json.minisig?a=1 Bearer secret"), "\(server.requests)")
        }
    }

    @Test(arguments: StubTests.shells)
    func `without keys, no signature is asked for`(shell: [String]) async throws {
        try await with { user, server in
            let result = try await user.run(shell, try settings(user, "\(server.url)/host.json", keys: ""))
            #expect(result.output == "config\n\n", "\(result.errors)")
            #expect(server.requests == ["GET /host.json"])
        }
    }

    @Test(arguments: StubTests.shells)
    func `with keys, a config without a signature runs nothing and ends with 5`(shell: [String]) async throws {
        try await with { user, server in
            let settings = try settings(user, "\(server.url)/host.json", keys: "RWx")
            try Files.remove("\(user.home)/host.json.minisig")
            let result = try await user.run(shell, settings)
            #expect(result.exitCode == 5 && result.output == "", "\(result.errors)")
            #expect(result.errors.contains("cannot fetch \(server.url)/host.json.minisig"), "\(result.errors)")
        }
    }

    private func settings(_ user: StubUser, _ config: String, keys: String) throws -> [String: String] {
        let program = """
            #!/bin/sh
            cat "$2"; [ -z "$BOOTSTRAP_CONFIG_KEYS" ] || cat "$2.minisig"; echo "$BOOTSTRAP_CONFIG_KEYS"

            """
        return [
            "BOOTSTRAP_BINARY_SHA256": try user.publish(program), "BOOTSTRAP_CONFIG": config,
            "BOOTSTRAP_CONFIG_KEYS": keys,
        ]
    }

    private func with(_ body: (StubUser, StubServer) async throws -> Void) async throws {
        try await StubUser.with { user in
            try Files.replace("\(user.home)/host.json", with: Array("config\n".utf8), mode: 0o644)
            try Files.replace("\(user.home)/host.json.minisig", with: Array("signature\n".utf8), mode: 0o644)
            try await StubServer.with(folder: user.home) { server in try await body(user, server) }
        }
    }
}
