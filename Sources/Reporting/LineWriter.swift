internal import Dispatch
internal import Glibc
internal import Platform

/// Writes whole lines to a descriptor, in order, off the caller's thread.
final class LineWriter: Sendable {
    private let queue = DispatchQueue(label: "lines")
    private let descriptor: Int32
    private let name: String

    init(_ descriptor: Int32, name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    func write(_ line: [UInt8]) {
        queue.async { [descriptor, name] in
            // A reader that has gone, or a full disk, must not stop the run.
            try? writeAll(descriptor, line + [UInt8(ascii: "\n")], name)
        }
    }

    func finish() async {
        await withCheckedContinuation { continuation in queue.async { continuation.resume() } }
    }
}
