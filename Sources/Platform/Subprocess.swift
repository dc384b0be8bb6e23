import CLinux
internal import Glibc

/// A program to run: no shell, no search path.
public struct Command: Sendable, Equatable {
    /// Absolute path of the program.
    public var executable: String
    /// Its arguments, without the program's name.
    public var arguments: [String]
    /// Its whole environment; nothing is inherited.
    public var environment: [String: String]
    /// Bytes on its standard input; empty is /dev/null's equal.
    public var input: [UInt8]
    /// Where it runs; nil is the caller's folder.
    public var workingDirectory: String?

    /// The search path and locale every child gets unless told otherwise.
    public static let plainEnvironment = [
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
    ]

    /// Makes a command; see the properties.
    public init(
        _ executable: String, _ arguments: [String] = [], environment: [String: String] = plainEnvironment,
        input: [UInt8] = [], workingDirectory: String? = nil
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.input = input
        self.workingDirectory = workingDirectory
    }
}

/// How a child ended.
///
/// A non-zero exit code is a result, not an error.
public struct CommandResult: Sendable, Equatable, Codable {
    /// The exit code, or 128 + the signal that ended it.
    public let exitCode: Int32
    /// The last 64 KiB of standard output and standard error, bad UTF-8 replaced.
    public let output: String, errors: String
    /// It was stopped because its time was up.
    public let timedOut: Bool

    /// Makes a result from its parts.
    public init(exitCode: Int32, output: String, errors: String, timedOut: Bool = false) {
        self.exitCode = exitCode
        self.output = output
        self.errors = errors
        self.timedOut = timedOut
    }

    /// It ended by itself with exit code 0.
    public var succeeded: Bool { exitCode == 0 && !timedOut }
}

/// A child process in a process group of its own.
public enum Subprocess {
    /// How long a group may take to end after SIGTERM before it gets SIGKILL.
    static let grace: Duration = .seconds(10)
    static let tail = 64 << 10

    /// Runs a command to its end, both pipes drained while it runs.
    ///
    /// When the task is cancelled or the time is up, the whole group gets SIGTERM, ten seconds, then SIGKILL.
    /// A nil `timeout` waits for ever. `onLine` gets each whole line of standard output or error as it comes, on a
    /// thread of its own. The error is that the program cannot be started.
    public static func run(
        _ command: Command, timeout: Duration? = nil, onLine: (@Sendable (String) -> Void)? = nil
    ) async throws(SystemCallError) -> CommandResult {
        let child = try start(command)
        let output = PipeDrain(child.output, onLine: onLine)
        let errors = PipeDrain(child.errors, onLine: onLine)
        if !command.input.isEmpty { feed(child.input, command.input) }

        let stopper = GroupStopper(group: child.process)
        let timer = timeout.map { timeout in
            Task { () -> Void in
                guard (try? await Task.sleep(for: timeout)) != nil else { return }
                stopper.stop(dueToTimeout: true)
            }
        }
        let process = child.process
        let exitCode = await withTaskCancellationHandler {
            await onOwnThread { () throws(Never) -> Int32 in linux_wait(process) }
        } onCancel: {
            stopper.stop(dueToTimeout: false)
        }
        timer?.cancel()
        stopper.finished()
        return CommandResult(
            exitCode: exitCode, output: await output.text(), errors: await errors.text(), timedOut: stopper.timedOut)
    }

    struct Child: ~Copyable {
        let process: Int32
        let input: Int32, output: Int32, errors: Int32
    }

    /// Starts a child; with `keepsInput` it gets a pipe even if the command has no input for it.
    static func start(_ command: Command, keepsInput: Bool = false) throws(SystemCallError) -> Child {
        let input = try Pipe(), output = try Pipe(), errors = try Pipe()
        let nothing = try Descriptor.open("/dev/null", O_RDONLY)
        let readsNothing = command.input.isEmpty && !keepsInput
        let process = try spawn(
            command, input: readsNothing ? nothing.number : input.reading.number, output: output.writing.number,
            errors: errors.writing.number)
        return Child(
            process: process, input: readsNothing ? -1 : dupCloexec(input.writing.number),
            output: dupCloexec(output.reading.number), errors: dupCloexec(errors.reading.number))
    }

    /// Starts a child that outlives this process and that nobody waits for; the answer is its number.
    ///
    /// It has no standard input or output, this process's standard error, and none of the command's input.
    public static func leave(_ command: Command) throws(SystemCallError) -> Int32 {
        let nothing = try Descriptor.open("/dev/null", O_RDWR)
        return try spawn(command, input: nothing.number, output: nothing.number, errors: 2)
    }

    private static func spawn(
        _ command: Command, input: Int32, output: Int32, errors: Int32
    ) throws(SystemCallError) -> Int32 {
        var arguments = ([command.executable] + command.arguments).map { strdup($0) } + [nil]
        var environment = command.environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        let folder = command.workingDirectory.map { strdup($0) } ?? nil
        let executable = strdup(command.executable)
        defer { for text in arguments + environment + [folder, executable] { free(text) } }
        return try checkNegated("posix_spawn", command.executable) {
            var child = linux_child(
                executable: executable, arguments: nil, environment: nil, working_directory: folder,
                standard_input: input, standard_output: output, standard_error: errors)
            return arguments.withUnsafeMutableBufferPointer { arguments in
                environment.withUnsafeMutableBufferPointer { environment in
                    child.arguments = UnsafePointer(arguments.baseAddress)
                    child.environment = UnsafePointer(environment.baseAddress)
                    return linux_spawn(&child)
                }
            }
        }
    }

    private static func dupCloexec(_ number: Int32) -> Int32 { fcntl(number, F_DUPFD_CLOEXEC, 3) }

    private static func feed(_ descriptor: Int32, _ bytes: [UInt8]) {
        startThread {
            let pipe = Descriptor(owning: descriptor)
            // A child that does not read its input to the end (EPIPE) tells by its exit code.
            try? pipe.write(bytes, path: "standard input")
        }
    }
}
