import CLinux
internal import Glibc

/// Follows the lines that another process writes to a file, as they come, until that process has ended.
///
/// The kernel tells when there is something to do (inotify(7), pidfd_open(2)): nothing is asked again and again. A file that is
/// truncated or replaced, as logs are, is read on from its new beginning.
public struct FileFollower: Sendable {
    /// What there is to tell.
    public enum Change: Sendable, Equatable {
        /// A line, without its end.
        case line([UInt8])
        /// The process has ended, and all that it wrote was told.
        case ended
        /// Nobody is at the other end of the descriptor that the lines are shown on any more.
        case unwatched
    }

    /// What there is to tell, from the file's first line on; it ends with `ended` or `unwatched`, or when nobody takes it.
    public let changes: AsyncStream<Change>

    /// Begins; `wanted` says which lines are told, on a thread of its own.
    ///
    /// `audience` is the descriptor that the lines are shown on; nil in the process's place is one that has ended.
    /// - Throws: when the kernel does not let it watch the file's folder or the process.
    public init(
        _ path: String, of process: Int32?, shownOn audience: Int32,
        wanted: @escaping @Sendable ([UInt8]) -> Bool = { _ in true }
    ) throws(SystemCallError) {
        let watch = try Watch(Files.folder(of: path), process)
        let (changes, sink) = AsyncStream.makeStream(of: Change.self)
        self.changes = changes
        sink.onTermination = { _ in watch.stop() }
        startThread {
            var tail = Tail(path: path)
            while true {
                // Asked before reading: what it wrote is in the file once it has ended.
                let hasEnded = watch.processHasEnded
                tail.read { if wanted($0) { sink.yield(.line($0)) } }
                if hasEnded { sink.yield(.ended) }
                switch hasEnded ? .stopped : watch.wait(audience) {
                case .changed: continue
                case .unwatched: sink.yield(.unwatched)
                case .stopped: break
                }
                return sink.finish()
            }
        }
    }
}

/// What the kernel is asked to tell.
private final class Watch: Sendable {
    enum Reason { case changed, unwatched, stopped }

    private let changes: Descriptor
    /// -1 when the process had ended before it was looked at.
    private let process: Int32
    private let stopping: Pipe

    init(_ folder: String, _ number: Int32?) throws(SystemCallError) {
        // IN_NONBLOCK and IN_CLOEXEC are these (inotify_init(2)).
        changes = Descriptor(
            owning: try check("inotify_init1", folder) { inotify_init1(O_NONBLOCK | O_CLOEXEC) })
        try check("inotify_add_watch", folder) { [number = changes.number] in
            inotify_add_watch(number, folder, UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO))
        }
        stopping = try Pipe()
        guard let number else {
            process = -1
            return
        }
        let handle = linux_process_open(number)
        guard handle >= 0 || handle == -ESRCH else {
            throw SystemCallError("pidfd_open", "process \(number)", code: -handle)
        }
        process = max(handle, -1)
    }

    deinit { close(process) }

    var processHasEnded: Bool {
        guard process >= 0 else { return true }
        var handle = pollfd(fd: process, events: Int16(POLLIN), revents: 0)
        return poll(&handle, 1, 0) > 0
    }

    func stop() { _ = write(stopping.writing.number, [0], 1) }

    func wait(_ audience: Int32) -> Reason {
        let readable = Int16(POLLIN)
        var all = [
            pollfd(fd: changes.number, events: readable, revents: 0),
            pollfd(fd: process, events: readable, revents: 0),
            pollfd(fd: stopping.reading.number, events: readable, revents: 0),
            // Only whether its other end is there.
            pollfd(fd: audience, events: 0, revents: 0),
        ]
        guard poll(&all, nfds_t(all.count), -1) > 0 else { return .changed }
        if all[2].revents != 0 { return .stopped }
        if all[3].revents & Int16(POLLERR | POLLHUP) != 0 { return .unwatched }
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while read(changes.number, &buffer, buffer.count) > 0 {}
        return .changed
    }
}

/// The file as far as it was read.
private struct Tail {
    private final class Opened {
        let file: Descriptor
        init(_ file: consuming Descriptor) { self.file = file }
    }

    let path: String
    private var now: Opened?
    private var offset: Int64 = 0
    private var splitter = LineSplitter()

    init(path: String) { self.path = path }

    mutating func read(_ line: ([UInt8]) -> Void) {
        while true {
            readOn(line)
            // Another file in its place, once nothing comes from the one before.
            guard let fresh = try? Descriptor.open(path, O_RDONLY | O_NOFOLLOW), isOther(fresh) else { return }
            now = Opened(fresh)
            offset = 0
            splitter = LineSplitter()
        }
    }

    private func isOther(_ fresh: borrowing Descriptor) -> Bool {
        guard let now else { return true }
        guard let one = try? FileStatus.of(now.file, path: path), let two = try? FileStatus.of(fresh, path: path) else {
            return false
        }
        return one.inode != two.inode || one.device != two.device
    }

    private mutating func readOn(_ line: ([UInt8]) -> Void) {
        guard let now else { return }
        if let size = try? FileStatus.of(now.file, path: path).size, size < offset {
            offset = 0
            splitter = LineSplitter()
        }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = buffer.withUnsafeMutableBytes { bytes in
                (try? now.file.read(into: bytes, count: bytes.count, at: offset, path: path)) ?? 0
            }
            guard count > 0 else { return }
            offset += Int64(count)
            for found in splitter.lines(buffer[..<count]) { line(found) }
        }
    }
}
