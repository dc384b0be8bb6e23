internal import Glibc
public import Platform

/// A file that another thread may still be filling; readers get its bytes in order as they come.
///
/// What a reader once got never changes: who fills it begins a new one instead.
public final class GrowingFile: Sendable {
    private enum End {
        case open, finished, interrupted
    }

    /// Where it lies.
    public let path: String
    private let state: Monitor<Shared>
    private let onRead: (@Sendable (Int) -> Void)?

    /// The descriptor is shared by all readers, each of which says where it reads.
    private struct Shared {
        var available: Int64 = 0
        var end = End.open
        var file: Result<OpenFile, SystemCallError>?
    }

    private final class OpenFile: Sendable {
        let descriptor: Descriptor
        init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
    }

    /// Prepares for a file that will be there with its first byte.
    public convenience init(_ path: String) { self.init(path, nil) }

    private init(_ path: String, _ onRead: (@Sendable (Int) -> Void)?) {
        self.path = path
        self.onRead = onRead
        state = Monitor(Shared())
    }

    /// A file that is there whole; `onRead` has the length of each piece that a reader gets.
    ///
    /// Blocks.
    public static func complete(
        _ path: String, onRead: (@Sendable (Int) -> Void)? = nil
    ) throws(SystemCallError) -> GrowingFile {
        let file = GrowingFile(path, onRead)
        let size = try FileStatus.of(path, followingLink: true)?.size
        guard let size else { throw SystemCallError("stat", path, code: ENOENT) }
        file.grow(to: size)
        file.finish()
        return file
    }

    // MARK: Who fills it

    /// So many bytes are there now.
    ///
    /// The first of them open it: later it may be gone, and who is about to read it would blame the disk.
    public func grow(to size: Int64) {
        state.change { state in
            state.available = max(state.available, size)
            if state.available > 0, state.file == nil { state.file = opened() }
        }
    }

    /// No more will come.
    public func finish() { state.change { if $0.end == .open { $0.end = .finished } } }

    /// Nobody wants it any more, or it can't be finished: every reader ends.
    public func interrupt() { state.change { $0.end = .interrupted } }

    // MARK: Who reads it

    /// How many bytes are there so far.
    public var available: Int64 { state.withLock { $0.available } }

    /// It was given up.
    public var isInterrupted: Bool { state.withLock { $0.end == .interrupted } }

    /// Waits until all of it is there; the answer is its length.
    public func waitForEnd() throws(DecompressionError) -> Int64 {
        try state.wait { state throws(DecompressionError) in
            switch state.end {
            case .open: nil
            case .finished: state.available
            case .interrupted: throw .interrupted
            }
        }
    }

    /// Reads what there is at an offset, at least one byte; 0 at the end.
    ///
    /// Blocks, for bytes to come too.
    public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(DecompressionError) -> Int {
        let ready = try state.wait { state throws(DecompressionError) -> (Int64, Result<OpenFile, SystemCallError>?)? in
            if state.end == .interrupted { throw .interrupted }
            if state.available > offset { return (state.available - offset, state.file) }
            return state.end == .finished ? (0, nil) : nil
        }
        guard let file = ready.1 else { return 0 }
        let wanted = Int(min(ready.0, Int64(buffer.count)))
        let count: Int
        do throws(SystemCallError) {
            count = try file.get().descriptor.read(into: buffer, count: wanted, at: offset, path: path)
        } catch {
            throw .disk(error)
        }
        // Less than was promised: somebody else cut it.
        guard count > 0 || wanted == 0 else { throw .damaged("it became shorter while it was read") }
        onRead?(count)
        return count
    }

    private func opened() -> Result<OpenFile, SystemCallError> {
        Result { () throws(SystemCallError) in OpenFile(try Descriptor.open(path, O_RDONLY | O_NOFOLLOW)) }
    }
}
