import Platform
import Support
import Testing

/// What taking a large file in shows meanwhile.
@Suite struct IntakeDisplayTests {
    @Test func `on a terminal an agent that is added shows how far it is, of which nothing stays`() async throws {
        try await with { top, agent async throws in
            let words = ["TERM=xterm", try HubProgram.path(), "add-binary", agent, "--data", "\(top)/data"]
            let shown = try await TypedTerminal.run("/usr/bin/env", words, answers: [], in: top).output
            // All is read long before the end: only what the threads are through with is less than the whole.
            #expect(shown.contains(/add-binary, compressing +[0-9]+ s +[0-3]\.[0-9] of 4\.0 MiB/), "\(shown)")
            let last = shown.split(separator: "\u{1b}[J").last ?? ""
            #expect(last.hasPrefix("/artifacts/binaries/"), "\(shown)")
        }
    }

    @Test func `without a terminal what is soon done says nothing`() async throws {
        try await with { top, agent async throws in
            let added = try await HubProgram.run("add-bundle", agent, "--data", "\(top)/data")
            #expect(added.exitCode == 0 && added.errors == "", "\(added)")
        }
    }

    /// With an agent of 4 MiB that compress to no less.
    private func with(_ body: (_ top: String, _ agent: String) async throws -> Void) async throws {
        let top = try Folders.makeTemporary(prefix: "/tmp/intake-display-tests-")
        defer { try? Folders.removeTree(top) }
        var random = SystemRandomNumberGenerator()
        let head = IntakeTests.elf(62)
        let bytes = head + (0..<(4 << 20) - head.count).map { _ in UInt8.random(in: 0...255, using: &random) }
        try Files.replace("\(top)/agent", with: bytes, mode: 0o755)
        try await body(top, "\(top)/agent")
    }
}
