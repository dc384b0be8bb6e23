internal import Dispatch
internal import Glibc
internal import Platform
internal import Synchronization

/// Writes to a descriptor, in order, off the caller's thread.
final class LineWriter: Sendable {
    private let queue = DispatchQueue(label: "lines")
    private let descriptor: Int32
    private let name: String
    private let waiting = Atomic(0)

    /// All is written that was asked for; false while the reader takes no more.
    var isIdle: Bool { waiting.load(ordering: .relaxed) == 0 }

    init(_ descriptor: Int32, name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    /// Writes a line and its end.
    func write(line: [UInt8]) { write(line + [UInt8(ascii: "\n")]) }

    /// Writes these bytes as they are.
    func write(_ bytes: [UInt8]) {
        waiting.add(1, ordering: .relaxed)
        queue.async { [self] in
            // A reader that has gone, or a full disk, must not stop the run.
            try? writeAll(descriptor, bytes, name)
            waiting.subtract(1, ordering: .relaxed)
        }
    }

    func finish() async {
        await withCheckedContinuation { continuation in queue.async { continuation.resume() } }
    }
}
