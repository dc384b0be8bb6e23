import Platform
import Testing

@testable import Hub

/// `bootstrap-hub init`, by a program that lies where a release was unpacked.
@Suite struct BeginningTests {
    @Test func `it takes the agents beside it, once, and prints what comes next`() async throws {
        try await with { top async throws in
            let without = try await run(top, "init", "--data", "\(top)/data")
            #expect(
                without.exitCode == 0 && without.output.contains("bootstrap-hub add-binary host-bootstrap-"),
                "\(without)")
            try Files.replace("\(top)/host-bootstrap-x86_64", with: IntakeTests.elf(62), mode: 0o755)
            try Files.replace("\(top)/host-bootstrap-aarch64", with: IntakeTests.elf(183), mode: 0o755)
            let first = try await run(top, "init", "--data", "\(top)/data", "--hub-url", "https://hub.test")
            #expect(first.exitCode == 0 && !first.output.contains("add-binary"), "\(first)")
            for words in [
                "agent for x86_64: sha256 ", "agent for aarch64: sha256 ", "  bootstrap-hub serve --data \(top)/data\n",
                "  host-bootstrap init FOLDER --hub-url https://hub.test\n",
            ] { #expect(first.output.contains(words), "\(first)") }
            let again = try await run(top, "init", "--data", "\(top)/data", "--hub-url", "https://hub.test")
            #expect(again.output == first.output)
            let audit = try await run(top, "audit", "--data", "\(top)/data")
            #expect(audit.output.byteLines.filter { $0.contains("artifact_added") }.count == 2, "\(audit)")
            #expect(try FileStatus.of("\(top)/data")?.mode == 0o700)
        }
    }

    @Test func `an agent that only the database knows, as of another hub on it, is taken in all the same`() async throws
    {
        try await with { top async throws in
            try Files.replace("\(top)/host-bootstrap-x86_64", with: IntakeTests.elf(62), mode: 0o755)
            #expect(try await run(top, "init", "--data", "\(top)/data").succeeded)
            let binaries = "\(top)/data/artifacts/binaries"
            let names = try Folders.names(in: binaries)
            #expect(!names.isEmpty)
            try Folders.removeTree(binaries)
            #expect(try await run(top, "init", "--data", "\(top)/data").succeeded)
            #expect(try Folders.names(in: binaries) == names)
        }
    }

    private func run(_ top: String, _ arguments: String...) async throws -> CommandResult {
        try await Subprocess.run(Command("\(top)/bootstrap-hub", arguments), timeout: .seconds(60))
    }

    private func with(_ body: (String) async throws -> Void) async throws {
        let top = try Folders.makeTemporary(prefix: "/tmp/beginning-tests-")
        defer { try? Folders.removeTree(top) }
        try Files.copy(HubProgram.path(), to: "\(top)/bootstrap-hub", mode: 0o755, durably: false)
        try await body(top)
    }
}
