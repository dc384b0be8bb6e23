import Platform
import Testing

/// The program itself, as the build put it beside the tests.
struct Program {
    static func path() throws -> String { "\(Files.folder(of: try ProcessStart.executable()))/host-bootstrap" }

    static func run(_ arguments: String..., input: String = "") async throws -> CommandResult {
        try await run(arguments, input: input)
    }

    static func run(
        _ arguments: [String], input: String = "", environment: [String: String] = [:]
    ) async throws -> CommandResult {
        try await Subprocess.run(
            Command(
                try path(), arguments,
                environment: Command.plainEnvironment.merging(environment) { _, own in own }, input: Array(input.utf8)),
            timeout: .seconds(300))
    }

    static let commands = [
        "apply", "plan", "check", "preflight", "status", "timings", "rollback", "bundle", "schema", "explain",
        "completions", "trust", "hydrate", "init",
    ]
}
