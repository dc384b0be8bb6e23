import Digests
import Platform
import Testing

@testable import Hub

@Suite struct BootstrapRouteTests {
    static let config = #"{"bootstrap_user": "boot", "bootstrap_root": "/srv/it's $(id) `id`", "x": 1}"#

    @Test func `the config comes back byte for byte`() async throws {
        try await LiveHub.with { hub in
            _ = try hub.host("h1", config: Self.config)
            let reply = try await hub.get("/bootstrap/h1/config.json")
            #expect(reply.body == Self.config)
            #expect(reply.headers["content-type"] == "application/json")
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
                    /srv/it's $(id) `id`
                    """)
            let other = try await run(stub, machine: "aarch64")
            #expect(other.contains("|https://hub:1\(arm.urlPath)|\(arm.digest.hex)|"))
            let own = try await run(
                stub, machine: "x86_64",
                environment: ["BOOTSTRAP_CONFIG": "/c", "BOOTSTRAP_BINARY_URL": "file:///b", "BOOTSTRAP_ROOT": "/r"])
            #expect(own == "/c|file:///b||/r")
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
        let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
        #expect(try Files.read("\(root)/stub/bootstrap.sh") == PackageResources.bootstrap_sh)
    }

    private static let printer = """
        printf '%s|%s|%s|%s' "${BOOTSTRAP_CONFIG:-}" "${BOOTSTRAP_BINARY_URL:-}" "${BOOTSTRAP_BINARY_SHA256:-}" \
        "${BOOTSTRAP_ROOT:-}"

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
