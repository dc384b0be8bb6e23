public import Engine
internal import Glibc
internal import JSON
public import Platform

/// One line of a detached run's record, in which one of these is; none when the run took the record over.
public struct RecordLine: Sendable, Codable, Equatable {
    /// The first line: the bootstrap root that the run is for.
    public var root: String?
    /// Something happened.
    public var event: Event?
    /// Something was said on standard error.
    public var said: String?
    /// The last line: how the run ended.
    public var exitCode: Int32?

    /// Makes a line from the part that it has.
    public init(root: String? = nil, event: Event? = nil, said: String? = nil, exitCode: Int32? = nil) {
        self.root = root
        self.event = event
        self.said = said
        self.exitCode = exitCode
    }

    enum CodingKeys: String, CodingKey {
        case root, event, said
        case exitCode = "exit_code"
    }
}

/// What a detached run leaves for those who follow it: all that it would have shown, and its exit code.
///
/// The run holds the file's lock, which the kernel drops when it ends in whatever way.
public final class RunRecord: EventSink {
    private let file: Descriptor
    /// Its open file, for another program that this one leaves it to; valid while this value lives.
    public var descriptor: Int32 { file.number }
    /// What it is called then.
    public static let name = "record"
    private let writer: LineWriter

    /// Takes over a record that was begun; nil when another run has it.
    public static func take(_ path: String) throws(SystemCallError) -> RunRecord? {
        let file = try InheritedFiles.take(name) { () throws(SystemCallError) in
            try Descriptor.open(path, O_WRONLY | O_APPEND | O_NOFOLLOW)
        }
        return try file.tryLock(path: path) ? RunRecord(file, path) : nil
    }

    private init(_ file: consuming Descriptor, _ path: String) {
        writer = LineWriter(file.number, name: path)
        self.file = file
        // Tells that it was taken.
        writer.write(line: RecordLine().json())
    }

    /// Adds one event.
    public func record(_ event: Event) { writer.write(line: RecordLine(event: event).json()) }

    /// Adds what was said.
    public func say(_ text: String) { writer.write(line: RecordLine(said: text).json()) }

    /// Adds how the run ended.
    public func end(_ exitCode: Int32) { writer.write(line: RecordLine(exitCode: exitCode).json()) }

    /// Waits until all is written.
    public func finish() async { await writer.finish() }
}
