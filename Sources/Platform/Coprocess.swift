import CLinux
internal import Glibc
internal import Synchronization

/// A child that lives beside this process and talks to it in lines.
public final class Coprocess: Sendable {
    /// Longer lines come in pieces: two tails of a command's output fit, with six bytes for each when escaped.
    public static let longestLine = 1 << 20

    /// Its number.
    public let process: Int32
    private let input: Mutex<Int32>
    // One task reaps the child, however many wait for its end: a second waitpid(2) would find nobody.
    private let end: Task<CommandResult, Never>

    /// Starts it; `onLine` gets each line of its standard output, on a thread of its own.
    public init(_ command: Command, onLine: @escaping @Sendable (String) -> Void) throws(SystemCallError) {
        // A line for a child that has died is an error of one write, not the end of this process.
        signal(SIGPIPE, SIG_IGN)
        let child = try Subprocess.start(command, keepsInput: true)
        process = child.process
        input = Mutex(child.input)
        let process = child.process
        let output = PipeDrain(child.output, longestLine: Self.longestLine, onLine: onLine)
        let errors = PipeDrain(child.errors, onLine: nil)
        end = Task {
            let exitCode = await onOwnThread { () throws(Never) -> Int32 in linux_wait(process) }
            return CommandResult(exitCode: exitCode, output: await output.text(), errors: await errors.text())
        }
    }

    /// Sends a line, whole among those of other callers.
    ///
    /// Blocks while the child does not read.
    public func send(_ line: [UInt8]) throws(SystemCallError) {
        let result: Result<Void, SystemCallError> = input.withLock { input in
            Result { () throws(SystemCallError) in
                guard input >= 0 else { throw SystemCallError("write", "standard input", code: EPIPE) }
                try writeAll(input, line + [UInt8(ascii: "\n")], "standard input")
            }
        }
        try result.get()
    }

    /// Ends its standard input, which asks it to end.
    ///
    /// Blocks while a line is being sent.
    public func closeInput() {
        input.withLock { input in
            if input >= 0 { close(input) }
            input = -1
        }
    }

    /// Waits for its end; it gets SIGKILL, with its group, when that takes longer than `patience`.
    ///
    /// A child of another user's, as sudo's are, may not be killed: it is then left alone, and the result says
    /// `timedOut`.
    public func wait(patience: Duration? = nil) async -> CommandResult {
        guard let patience else { return await end.value }
        let (results, sink) = AsyncStream.makeStream(of: CommandResult.self)
        let process = process, end = end
        let waiter = Task { _ = sink.yield(await end.value) }
        let killer = Task { () -> Void in
            guard (try? await Task.sleep(for: patience)) != nil else { return }
            if kill(-process, SIGKILL) < 0, errno == EPERM {
                sink.yield(CommandResult(exitCode: -1, output: "", errors: "may not be killed", timedOut: true))
            }
        }
        defer {
            waiter.cancel()
            killer.cancel()
        }
        for await result in results { return result }
        // The caller's task was cancelled: who asks for the child's end still gets it.
        return await end.value
    }
}
