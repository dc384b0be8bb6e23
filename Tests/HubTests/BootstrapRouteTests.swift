import Digests
import Platform
import Support
import Testing

@testable import Hub

@Suite(.postgreSQL) struct BootstrapRouteTests {
    static let config = #"{"bootstrap_user": "boot", "bootstrap_root": "/srv/it's $(id) `id`", "x": 1}"#

    @Test(arguments: TestDatabase.available)
    func `the config comes back byte for byte, to the host's token and to nobody else`(
        database: TestDatabase
    ) async throws {
        try await LiveHub.with(database) { hub in
            let (path, token) = ("/bootstrap/h1/config.json", try hub.host("h1", config: Self.config))
            let other = try hub.host("h2", config: #"{"secret": "of h2"}"#)
            let reply = try await hub.get(path, as: token)
            #expect(reply.body == Self.config)
            #expect(reply.headers["content-type"] == "application/json")
            #expect(reply.headers["cache-control"] == "no-store")
            for wrong in [nil, "x", BearerToken.random().text, String(token.dropLast()) + "x"] {
                let reply = try await hub.get(path, as: wrong)
                #expect(reply.status == 401 && !reply.body.contains("boot"), "\(wrong ?? "no token")")
            }
            #expect(try await hub.get(path, as: other).status == 403)
            #expect(try await hub.get(path, as: nil, "-I").status == 401)
            // Whether there is such a host is not told to strangers either.
            #expect(try await hub.get("/bootstrap/none/config.json", as: nil).status == 401)
            #expect(try await hub.get("/bootstrap/none/config.json", as: token).status == 403)
        }
    }

    @Test func `the stub has the host's settings pinned in, and the environment's go before them`() async throws {
        try await LiveHub.with { hub in
            _ = try hub.host("h1", config: Self.config)
            let binary = try hub.hub.addBinary(hub.file("agent", IntakeTests.elf(62) + [1]))
            let arm = try hub.hub.addBinary(hub.file("agent", IntakeTests.elf(183) + [1]))
            let stub = PinnedStub(
                host: try HostID("h1"), config: Array(Self.config.utf8), hub: try HubURL("https://hub:1"),
                binaries: [.x86_64: binary, .aarch64: arm], stub: Array(Self.printer.utf8))

            let plain = try await run(stub, machine: "x86_64")
            #expect(
                plain == """
                    https://hub:1/bootstrap/h1/config.json|https://hub:1\(binary.urlPath)|\(binary.digest.hex)|\
                    /srv/it's $(id) `id`|~/.hub-token
                    """)
            let other = try await run(stub, machine: "aarch64")
            #expect(other.contains("|https://hub:1\(arm.urlPath)|\(arm.digest.hex)|"))
            let own = try await run(
                stub, machine: "x86_64",
                environment: ["BOOTSTRAP_CONFIG": "/c", "BOOTSTRAP_BINARY_URL": "file:///b", "BOOTSTRAP_ROOT": "/r"])
            // The token goes to no other server than the hub.
            #expect(own == "/c|file:///b||/r|")
        }
    }

    @Test func `a machine for which the hub has no binary is told so, and for which it has one`() async throws {
        try await LiveHub.with { hub in
            _ = try hub.host("h1", config: Self.config)
            _ = try hub.hub.addBinary(hub.file("agent", IntakeTests.elf(62) + [1]))
            let path = "/bootstrap/h1/stub.sh"
            let one = try await hub.get(path).body
            let arm = Array("uname() { echo aarch64; }\n\(one)".utf8)
            let refused = try await Subprocess.run(Command("/bin/sh", input: arm))
            #expect(refused.exitCode == 4)
            #expect(
                refused.errors == """
                    bootstrap: this machine is aarch64, and the hub has a binary for x86_64 only: bootstrap-hub add-binary FILE --data DIR

                    """)
            // Once it has both, the same address serves both.
            let added = try hub.hub.addBinary(hub.file("agent", IntakeTests.elf(183) + [1]))
            let both = try await hub.get(path).body
            #expect(both.contains("aarch64)\nBOOTSTRAP_BINARY_URL='\(hub.url)\(added.urlPath)'"))
            #expect(both.contains("x86_64)\n") && !both.contains("a binary for x86_64 only"))
        }
    }

    @Test func `a stub cut off on its way runs nothing`() async throws {
        try await LiveHub.with { hub in
            _ = try hub.host("h1")
            let stub = PinnedStub(
                host: try HostID("h1"), config: nil, hub: try HubURL("https://hub"), binaries: [:],
                stub: Array("touch \(hub.folder)/ran\n".utf8))
            for length in 0..<stub.script.count - 2 {
                _ = try await Subprocess.run(Command("/bin/sh", input: Array(stub.script.prefix(length)) + [10]))
                if try FileStatus.of("\(hub.folder)/ran") != nil {
                    Issue.record("it ran with \(length) bytes")
                    return
                }
            }
            _ = try await Subprocess.run(Command("/bin/sh", input: stub.script))
            #expect(try FileStatus.of("\(hub.folder)/ran") != nil)
        }
    }

    @Test func `the stub names the hub as the client reached it, https behind a proxy on this machine`() async throws {
        try await LiveHub.with { hub in
            _ = try hub.host("h1", config: Self.config)
            let path = "/bootstrap/h1/stub.sh"
            let cases: [([String], String)] = [
                ([], hub.url), (["-H", "Host: hub.example.org"], "http://hub.example.org"),
                (["-H", "Host: [::1]:80", "-H", "X-Forwarded-Proto: https"], "https://[::1]:80"),
                (
                    ["-H", "Host: a.example", "-H", "X-Forwarded-Proto: https", "-H", "X-Forwarded-For: 192.0.2.1"],
                    "https://a.example"
                ),
                (["-H", "Host: evil'; id #"], hub.url), (["-H", "Host: a b"], hub.url),
                (["-H", "Host: x:99999"], hub.url),
            ]
            for (headers, origin) in cases {
                let reply = try await Reply.curl(headers + ["\(hub.url)\(path)"])
                #expect(reply.status == 200)
                #expect(reply.body.contains("BOOTSTRAP_CONFIG='\(origin)/bootstrap/h1/config.json'"), "\(headers)")
            }
        }
    }

    @Test func `a host without a config and a hub without a binary still have a stub`() async throws {
        try await LiveHub.with { hub in
            _ = try hub.host("h1")
            let reply = try await hub.get("/bootstrap/h1/stub.sh")
            #expect(reply.status == 200)
            #expect(!reply.body.contains("BOOTSTRAP_CONFIG='"))
            let check = try await Subprocess.run(Command("/bin/sh", ["-n"], input: Array(reply.body.utf8)))
            #expect(check.succeeded, "\(check.errors)")
        }
    }

    @Test func `the stub built in is the project's`() throws {
        #expect(try Files.read("\(Checkout.folder)/stub/bootstrap.sh") == PackageResources.bootstrap_sh)
    }

    private static let printer = """
        printf '%s|%s|%s|%s|%s' "${BOOTSTRAP_CONFIG:-}" "${BOOTSTRAP_BINARY_URL:-}" "${BOOTSTRAP_BINARY_SHA256:-}" \
        "${BOOTSTRAP_ROOT:-}" "${BOOTSTRAP_TOKEN_FILE:-}"

        """

    private func run(
        _ stub: PinnedStub, machine: String, environment: [String: String] = [:]
    ) async throws -> String {
        let script = Array("uname() { echo \(machine); }\n".utf8) + stub.script
        let all = Command.plainEnvironment.merging(environment) { $1 }
        let result = try await Subprocess.run(Command("/bin/sh", environment: all, input: script))
        #expect(result.errors.isEmpty)
        return result.output
    }
}
