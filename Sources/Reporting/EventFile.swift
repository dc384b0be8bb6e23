public import Engine
internal import Glibc
internal import JSON
public import Platform

/// The structured log: one JSON object a line, appended to a file.
public final class EventFile: EventSink {
    private let file: Descriptor
    private let writer: LineWriter

    /// Opens the log, made with mode 0640 when missing.
    ///
    /// What is there and is no file that this user may write is moved aside.
    public init(path: String) throws(SystemCallError) {
        if let status = try FileStatus.of(path), status.kind != .file || !Files.isAccessible(path, W_OK) {
            try Files.moveAside(path)
        }
        file = try Descriptor.open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, mode: 0o640)
        writer = LineWriter(file.number, name: path)
    }

    /// Appends one event.
    public func record(_ event: Event) { writer.write(line: event.json()) }

    /// Waits until all is written.
    public func finish() async {
        await writer.finish()
        fsync(file.number)
    }
}

/// One event a line on standard output, for `--json`.
public final class EventStream: EventSink {
    private let writer = LineWriter(1, name: "standard output")

    /// Makes the stream.
    public init() {}

    /// Prints one event.
    public func record(_ event: Event) { writer.write(line: event.json()) }

    /// Waits until all is printed.
    public func finish() async { await writer.finish() }
}
