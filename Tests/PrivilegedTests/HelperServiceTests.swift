import Platform
import Testing

/// The program itself, as the build put it beside the tests.
private let program = ((try? ProcessStart.executable()).map(Files.folder(of:)) ?? "") + "/host-bootstrap"

@Suite struct HelperServiceTests {
    @Test(
        .enabled(if: Account.currentUser == 0 && Files.isAccessible(program, 1), "needs root and the built program"),
        arguments: ["no request", "", "{}", #"{"request":{"id":1,"_1":{"rootShell":{}}}}"#, #"{"cancel":{"id":"x"}}"#])
    func `a line that is no request ends the real helper, which says so`(line: String) async throws {
        let command = Command(program, ["privileged-helper"], input: Array((line + "\n").utf8))
        let result = try await Subprocess.run(command, timeout: .seconds(300))
        #expect(result.exitCode == 1)
        #expect(result.output.contains("no request"))
    }
}
