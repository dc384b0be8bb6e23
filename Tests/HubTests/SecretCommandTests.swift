import Platform
import Testing

@testable import Hub

/// Secrets as they are typed and listed.
@Suite struct SecretCommandTests {
    private static func run(_ data: String, _ words: String, input: String = "") async throws -> CommandResult {
        let arguments = ["secret"] + words.split(separator: " ").map(String.init) + ["--data", data]
        return try await Subprocess.run(Command(try HubProgram.path(), arguments, input: Array(input.utf8)))
    }

    @Test func `a secret is set from standard input, listed without its value, and removed`() async throws {
        try await LiveHub.with { hub in
            let data = "\(hub.folder)/data", token = try hub.host("h1")
            let key = "-----BEGIN KEY-----\nAAAA\n-----END KEY-----\n"
            let set = try await Self.run(data, "set tls-key --host h1", input: key)
            #expect(set.exitCode == 0 && set.output == "", "\(set.errors)")
            // Without the last line break, which the host writes.
            #expect(try await hub.get("/api/v1/hosts/h1/secrets/tls-key", as: token).body == String(key.dropLast()))
            let listed = try await Self.run(data, "list")
            let fields = listed.output.split(separator: "\n").map { $0.split(separator: "\t") }
            #expect(fields.count == 1 && fields[0].count == 6, "\(listed.output)")
            #expect(fields[0].prefix(2) == ["tls-key", "host h1"] && fields[0].last == "1")
            #expect(!listed.output.contains("AAAA"))
            #expect(try await Self.run(data, "remove tls-key --host h1").exitCode == 0)
            #expect(try await Self.run(data, "list").output == "")
            let again = try await Self.run(data, "remove tls-key --host h1")
            #expect(again.exitCode == 1 && again.errors.contains("there is no secret tls-key for host h1"))
            let audit = try await HubProgram.run("audit", "--data", data).output
            #expect(audit.contains("secret_set\ttls-key for host h1, revision ") && audit.contains("secret_removed"))
        }
    }

    @Test(arguments: [
        ("set db", "--host or --group is missing"), ("set --host h1", "NAME is missing"),
        ("set db --host h1 --group web", "only one of --host and --group"), ("list db", "unexpected argument"),
        ("list --host h1", "unexpected argument"), ("keep db --host h1", "secret: there is no \"keep\""),
        ("set db --group web,", "not a group"), ("set db --host=-", "not a name for a host"),
    ])
    func `a command line that makes no sense is refused, and says how`(words: String, problem: String) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/hub-")
        defer { try? Folders.removeTree(folder) }
        let result = try await Self.run("\(folder)/data", words)
        #expect(result.exitCode == 2 && result.errors.contains(problem), "\(result.errors)")
    }

    @Test func `a secret that is too long is not cut`() async throws {
        try await LiveHub.with { hub in
            let text = String(repeating: "x", count: Hub.secretLimit) + "\n\nmore\n"
            let set = try await Self.run("\(hub.folder)/data", "set db --group all", input: text)
            #expect(set.exitCode == 1 && set.errors.contains("64 KiB"), "\(set.errors)")
        }
    }

    @Test func `add-host says at once which secrets of a config the hub has not`() async throws {
        try await LiveHub.with { hub in
            let config = """
                {"bootstrap_user": "ops", "bootstrap_root": "/home/ops/host", "host_id": "h1",
                 "hub": {"url": "https://hub.test/api/v1/hosts/h1/status", "token": {"file": "/home/ops/.hub-token"}},
                 "environment": {"A": {"hub": "a"}, "B": {"hub": "b"}}}
                """
            let data = "\(hub.folder)/data"
            let file = try hub.file("h1.json", Array(config.utf8))
            #expect(try await Self.run(data, "set b --group all", input: "x").exitCode == 0)
            let added = try await HubProgram.run("add-host", "h1", "--config", file, "--data", data)
            #expect(added.exitCode == 0)
            #expect(
                added.errors.contains("no secret a for the host: bootstrap-hub secret set --data \(data) a --host h1"))
            #expect(!added.errors.contains("secret b"), "\(added.errors)")
        }
    }
}
