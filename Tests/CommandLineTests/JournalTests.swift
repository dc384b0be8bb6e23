import FoundationEssentials
import Platform
import Testing

/// The program and a journal's socket, of which `journal.py` holds the other end.
@Suite(.enabled(if: Account.currentUser == 0, "a mount namespace of its own needs root")) struct JournalTests {
    private struct Played {
        let entries: [[String: String]]
        let code: String, errors: String
    }

    /// A run that preflight ends at once, since root is no bootstrap user.
    private static func play(_ mode: String) async throws -> Played {
        let folder = try Folders.makeTemporary(prefix: "/tmp/journal-tests-")
        defer { try? Folders.removeTree(folder) }
        let config = #"{"bootstrap_user": "nobody", "bootstrap_root": "\#(folder)/root", "host_id": "told"}"#
        try Files.replace("\(folder)/host.json", with: Array(config.utf8), mode: 0o600)
        let program = "\(Files.folder(of: try ProcessStart.executable()))/host-bootstrap"
        let script = "\(Files.folder(of: #filePath))/journal.py"
        let result = try await Subprocess.run(
            Command(
                "/usr/bin/unshare",
                ["--mount", "python3", script, mode, program, "apply", "--config", "\(folder)/host.json"]),
            timeout: .seconds(300))
        var lines = try result.output.split(separator: "\n").map {
            try JSONDecoder().decode([String: String].self, from: Data($0.utf8))
        }
        let last = lines.popLast() ?? [:]
        return Played(entries: lines, code: last["code"] ?? "", errors: last["errors"] ?? "")
    }

    @Test func `a run is told to the journal with native fields, and to standard error as ever`() async throws {
        let played = try await Self.play("read")
        #expect(played.code == "4", "\(played)")
        #expect(played.entries.map { $0["HOST_BOOTSTRAP_EVENT"] } == ["run_started", "preflight", "run_finished"])
        #expect(played.entries.map { $0["MESSAGE_ID"]?.utf8.count } == [32, 32, 32])
        #expect(played.entries.map { $0["PRIORITY"] } == ["5", "3", "3"])
        #expect(Set(played.entries.map { $0["HOST_BOOTSTRAP_RUN"] }).count == 1)
        #expect(played.entries.allSatisfy { $0["SYSLOG_IDENTIFIER"] == "host-bootstrap" && $0["CODE_FILE"] == nil })
        #expect(played.entries[1]["MESSAGE"]?.contains("\nhint: ") == true, "\(played)")
        #expect(played.errors.contains("run \(played.entries[0]["HOST_BOOTSTRAP_RUN"] ?? "?") on host told\n"))
    }

    @Test func `where standard error is the journal, nothing is said twice`() async throws {
        let played = try await Self.play("stream")
        #expect(played.code == "4" && played.entries.count == 3, "\(played)")
        #expect(!played.errors.contains("on host told") && !played.errors.contains("preflight"), "\(played.errors)")
    }

    @Test func `a journal that takes nothing changes neither the run nor its exit code`() async throws {
        let played = try await Self.play("deaf")
        #expect(played.code == "4" && played.errors.contains("on host told\n"), "\(played)")
    }
}
