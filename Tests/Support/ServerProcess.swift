public import Platform

/// A server for a test: a program that says on which port it listens, and ends when its input does.
public enum ServerProcess {
    /// It ended, and never told a port.
    public struct NoPort: Error {}

    /// Runs a body beside it, and ends it whatever becomes of the body; `port` finds the port in one of its lines.
    public static func with<Value>(
        _ command: Command, port: (String) -> Int? = { Int($0) }, _ body: (_ port: Int) async throws -> Value
    ) async throws -> Value {
        let (lines, sink) = AsyncStream.makeStream(of: String.self)
        let child = try Coprocess(command) { sink.yield($0) }
        let result: Result<Value, any Error>
        do { result = .success(try await body(try await told(lines, port))) } catch { result = .failure(error) }
        child.closeInput()
        _ = await child.wait(patience: .seconds(10))
        sink.finish()
        return try result.get()
    }

    private static func told(_ lines: AsyncStream<String>, _ port: (String) -> Int?) async throws -> Int {
        for await line in lines { if let found = port(line) { return found } }
        throw NoPort()
    }
}
