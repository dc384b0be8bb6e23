import Platform
import Testing

/// Keys on the command line and in the environment, as the program takes them.
@Suite(.enabled(if: Files.isAccessible("/usr/bin/minisign", 1), "needs minisign to sign")) struct TrustCommandTests {
    private static let config = #"{"bootstrap_user": "boot", "bootstrap_root": "/home/boot/host", "host_id": "h1"}"#

    /// Variables before the command, options behind it, the exit code, and what is told; $KEY made the signature.
    @Test(arguments: [
        ("", "--config-key $KEY", 0, "signed by"), ("BOOTSTRAP_CONFIG_KEYS=$KEY", "", 0, "signed by"),
        ("BOOTSTRAP_CONFIG_KEYS=$EVIL", "--config-key $KEY", 0, "signed by"),
        ("", "--config-key $EVIL", 5, "none signed it"), ("BOOTSTRAP_CONFIG_KEYS=$EVIL", "", 5, "none signed it"),
        ("BOOTSTRAP_CONFIG_KEYS=\"2 $KEY $EVIL\"", "", 5, "it takes 2 of"),
        ("", "--config-key $KEY --config-key $EVIL --config-threshold 2", 5, "it takes 2 of"),
        ("", "--config-key $KEY --config-threshold 2", 2, "--config-threshold does not take"),
        ("", "--config-threshold 2", 2, "--config-key is missing"), ("", "--config-key x", 2, "does not take"),
        ("BOOTSTRAP_CONFIG_KEYS=x", "", 2, "BOOTSTRAP_CONFIG_KEYS does not take"),
        ("BOOTSTRAP_CONFIG_KEYS=", "", 0, ""),
        ("", "--config-key $KEY --config-signature none", 5, "is not signed"),
        ("", "--config-key $KEY --config-signature host.json.minisig", 0, "signed by"),
    ])
    func `a config is held to the keys that are given`(
        variables: String, options: String, code: Int, words: String
    ) async throws {
        try await with { top async throws in
            let line = "\(variables) $PROGRAM check --config host.json \(options)"
            let result = try await run(line, in: top)
            #expect(result.exitCode == Int32(code), "\(line): \(result.errors)")
            #expect(result.errors.contains(words), "\(line): \(result.errors)")
            #expect(code != 5 || result.errors.contains("hint: "))
        }
    }

    @Test func `a config from standard input has its signature beside it by an option`() async throws {
        try await with { top async throws in
            let line = "$PROGRAM check --config - --config-key $KEY <host.json"
            #expect(try await run("\(line) --config-signature host.json.minisig", in: top).exitCode == 0)
            #expect(try await run(line, in: top).exitCode == 5)
        }
    }

    @Test func `a config that is wrong is not even read when it is not signed`() async throws {
        try await with { top async throws in
            let result = try await run(
                "echo '{' >host.json; $PROGRAM check --config host.json --config-key $KEY", in: top)
            #expect(result.exitCode == 5 && !result.errors.contains("host.json:1:"), "\(result.errors)")
        }
    }

    private func run(_ line: String, in top: String) async throws -> CommandResult {
        let keys = "KEY=$(tail -n 1 k.pub) EVIL=$(tail -n 1 evil.pub);"
        var environment = Command.plainEnvironment
        environment["PROGRAM"] = "\(Files.folder(of: try ProcessStart.executable()))/host-bootstrap"
        return try await Subprocess.run(
            Command("/bin/sh", ["-c", "\(keys) \(line)"], environment: environment, workingDirectory: top),
            timeout: .seconds(60))
    }

    private func with(_ body: (String) async throws -> Void) async throws {
        let top = try Folders.makeTemporary(prefix: "/tmp/trust-")
        defer { try? Folders.removeTree(top) }
        try Files.replace("\(top)/host.json", with: Array(Self.config.utf8), mode: 0o644)
        let line = "for k in k evil; do minisign -G -W -p $k.pub -s $k.key; done; minisign -S -W -s k.key -m host.json"
        let made = try await Subprocess.run(
            Command("/bin/sh", ["-euc", line], workingDirectory: top), timeout: .seconds(60))
        try #require(made.succeeded, "\(made.errors)")
        try await body(top)
    }
}
