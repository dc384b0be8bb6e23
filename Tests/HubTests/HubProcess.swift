import Glibc
import Platform
import Support
import Testing

/// The real program, as people run it.
enum HubProgram {
    /// Beside the test bundle, where SwiftPM puts both.
    static func path() throws -> String { "\(Files.folder(of: try ProcessStart.executable()))/bootstrap-hub" }

    static func run(_ arguments: [String]) async throws -> CommandResult {
        try await Subprocess.run(Command(path(), arguments), timeout: .seconds(300))
    }

    static func run(_ arguments: String...) async throws -> CommandResult {
        try await Subprocess.run(Command(path(), arguments), timeout: .seconds(300))
    }

    /// The program as `make dist` left it for this machine, if it did.
    static let released: String? = {
        let path = "\(Checkout.folder)/dist/bootstrap-hub-\(OperatingSystem.machine)"
        return Files.isAccessible(path, 1) ? path : nil
    }()

    /// Serves a folder while `body` runs, then stops the server with SIGTERM and gives its exit code.
    @discardableResult
    static func serving(
        _ data: String, by program: String? = nil, stack: String = "8192", arguments: [String] = [],
        environment: [String: String] = [:],
        _ body: (_ url: String, _ process: Int32) async throws -> Void
    ) async throws -> Int32 {
        let (lines, sink) = AsyncStream.makeStream(of: String.self)
        // The shell tells its number, which exec keeps.
        let command = Command(
            "/bin/sh",
            [
                "-c",
                "echo $$; ulimit -s $2; program=$0 data=$1; shift 2; exec \"$program\" serve --listen 127.0.0.1:0 --data \"$data\" \"$@\"",
                try program ?? path(), data, stack,
            ] + arguments, environment: Command.plainEnvironment.merging(environment) { _, own in own })
        let task = Task {
            let result = try await Subprocess.run(command, timeout: .seconds(120)) { sink.yield($0) }
            sink.finish()
            return result
        }
        var reader = lines.makeAsyncIterator()
        let process = try #require(await reader.next().flatMap { Int32($0) })
        let ready = try #require(await reader.next())
        #expect(ready.hasPrefix("listening on http"))
        let result: Result<Void, any Error>
        do { result = .success(try await body(String(ready.dropFirst("listening on ".count)), process)) } catch {
            result = .failure(error)
        }
        kill(process, SIGTERM)
        let exitCode = try await task.value.exitCode
        try result.get()
        return exitCode
    }
}
