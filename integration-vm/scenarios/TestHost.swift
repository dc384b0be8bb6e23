import FoundationEssentials
import Platform
import Testing

/// A throw-away host, driven through `integration-vm/testhost`.
struct TestHost: Sendable {
    /// What each host of a test needs.
    struct Setup: Sendable {
        var release = "bookworm"
        var options: [String] = []
    }

    let name: String

    /// The bootstrap user of every host.
    static let user = "ops"
    static let root = "/home/ops/cocalc-host"

    /// Boots a host for the body, and removes it whether the body returns or throws.
    static func with<Value>(
        _ name: String, _ setup: Setup, _ body: (TestHost) async throws -> Value
    ) async throws -> Value {
        try await testhost(["up", name, "--release", setup.release, "--user", user] + setup.options)
            .check()
        do {
            let host = TestHost(name: name)
            try await host.push("\(Site.distribution)/host-bootstrap-\(OperatingSystem.machine)", Site.agentInHost)
            let value = try await body(host)
            try await testhost(["down", name]).check()
            return value
        } catch {
            _ = try await testhost(["down", name])
            throw error
        }
    }

    /// Runs a command inside, as root unless told otherwise.
    func run(_ command: String..., user: String = "root") async throws -> CommandResult {
        try await Self.testhost(["run", name, "--user", user, "--"] + command)
    }

    /// Runs a line of shell inside.
    func shell(_ line: String, user: String = "root") async throws -> CommandResult {
        try await run("/bin/sh", "-c", line, user: user)
    }

    func push(_ source: String, _ destination: String) async throws {
        try await Self.testhost(["push", name, source, destination]).check()
    }

    /// Sudden death of the whole host, and a boot of what is left of it.
    func dieAndBoot() async throws {
        try await Self.testhost(["kill", name]).check()
        try await Self.testhost(["boot", name]).check()
    }

    /// A listing of the tree below some paths: path, type, mode, owner, size, digest, target.
    func snapshot(_ paths: String...) async throws -> [String] { try await snapshot(paths) }

    func snapshot(_ paths: [String]) async throws -> [String] {
        let file = "/tmp/snapshot-\(name)-\(UInt32.random(in: 0 ... .max))"
        try await Self.testhost(["snapshot", name, file] + paths).check()
        defer { try? Files.remove(file) }
        return (try Files.text(file) ?? "").split(separator: "\n").map(String.init)
    }

    // MARK: The agent

    /// Runs the agent as the bootstrap user, with events on standard output.
    func agent(_ arguments: String..., config: String, user: String = TestHost.user) async throws -> AgentRun {
        try await agent(arguments, config: config, user: user)
    }

    func agent(_ arguments: [String], config: String, user: String = TestHost.user) async throws -> AgentRun {
        try await push(config, "/home/ops/host.json")
        let result = try await Self.testhost(
            ["run", name, "--user", user, "--", Site.agentInHost] + arguments + ["--config", "/home/ops/host.json"])
        return AgentRun(result)
    }

    static func testhost(_ arguments: [String]) async throws -> CommandResult {
        try await Subprocess.run(
            Command("\(Site.checkout)/integration-vm/testhost", arguments, environment: Site.environment),
            timeout: .seconds(600))
    }
}

/// How a run of the agent ended, and what it told.
struct AgentRun {
    let result: CommandResult
    let events: [AgentEvent]

    init(_ result: CommandResult) {
        self.result = result
        events = result.output.split(separator: "\n").compactMap {
            try? JSONDecoder().decode(AgentEvent.self, from: Data($0.utf8))
        }
    }

    var exitCode: Int32 { result.exitCode }
    /// Steps that changed the host.
    var changed: [String] { events.filter { $0.changed == true }.compactMap(\.step) }
    /// Steps that ended in any way.
    var ended: [String] { events.filter { $0.duration_ms != nil }.compactMap(\.step) }
}

/// What the tests look at in an event.
struct AgentEvent: Decodable {
    let event: String
    let step: String?
    let changed: Bool?
    let duration_ms: Int64?
    let message: String?, error: String?, hint: String?
}

extension CommandResult {
    /// Makes a bad exit a thrown error that shows what was printed.
    @discardableResult
    func check() throws -> CommandResult {
        guard succeeded else { throw CommandFailed(exitCode: exitCode, output: output, errors: errors) }
        return self
    }
}

struct CommandFailed: Error {
    let exitCode: Int32
    let output: String, errors: String
}
