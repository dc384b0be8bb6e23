import Platform
import Testing

@testable import Privileged

/// What becomes of the agent's requests when the other side is not what it should be: a shell in the helper's place.
@Suite(.timeLimit(.minutes(1))) struct PrivilegedHelperTests {
    @Test(arguments: [
        ("read line; echo nonsense; sleep 600", "makes no sense: nonsense"),
        ("read line; echo '{\"done\": 7}'; sleep 600", "makes no sense"),
        ("read line; printf '\\377\\000\\n'; sleep 600", "makes no sense"),
        ("read line; echo died >&2; exit 3", "died"),
        ("exit 0", "exit code 0"),
    ])
    func `every request that waits is failed, and those that come later`(script: String, words: String) async throws {
        try await with(script) { helper, _ async throws in
            await withTaskGroup(of: PrivilegedError?.self) { group in
                for _ in 0..<3 { group.addTask { await failure(helper) } }
                for await error in group {
                    #expect(error?.explanation.summary.contains(words) == true, "\(String(describing: error))")
                }
            }
            #expect(await failure(helper) != nil)
        }
    }

    @Test func `a request is never overtaken by its cancellation`() async throws {
        let script = "n=0; while [ $n -lt 40 ] && read -r line; do echo \"$line\" >> LOG; n=$((n + 1)); done; exit 9"
        try await with(script) { helper, log async throws in
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        let task = Task { await failure(helper) }
                        await Task.yield()
                        task.cancel()
                        _ = await task.value
                    }
                }
                // Those that were stopped before they began are never sent, so the shell is let go by hand.
                group.addTask {
                    try? await Task.sleep(for: .seconds(1))
                    await helper.close()
                }
            }
            var asked = Set<Substring>()
            for line in try #require(try Files.text(log)).split(separator: "\n") {
                let id = line.split(separator: "\"id\":").dropFirst().first?.prefix { $0.isNumber } ?? ""
                if line.contains("request") { asked.insert(id) } else { #expect(asked.contains(id), "\(line)") }
            }
            #expect(!asked.isEmpty)
        }
    }

    private func failure(_ helper: PrivilegedHelper) async -> PrivilegedError? {
        do throws(PrivilegedError) {
            try await helper.reloadUnits()
            return nil
        } catch {
            return error
        }
    }

    private func with(
        _ script: String, _ body: (PrivilegedHelper, _ log: String) async throws -> Void
    ) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/helper-tests-")
        defer { try? Folders.removeTree(folder) }
        let text =
            "#!/bin/sh\n"
            + script.split(separator: "LOG", omittingEmptySubsequences: false).joined(separator: "\(folder)/log")
        try Files.replace("\(folder)/helper", with: Array(text.utf8), mode: 0o755)
        let helper = PrivilegedHelper(executable: "\(folder)/helper", sudo: ["/usr/bin/env"])
        try await body(helper, "\(folder)/log")
        await helper.close()
    }
}
