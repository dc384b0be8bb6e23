internal import CLinux
internal import Glibc

/// Turns SIGINT and SIGTERM into a stream, so that a run can stop in order.
public final class SignalWatch: Sendable {
    /// The numbers of the signals that came.
    public let signals: AsyncStream<Int32>

    /// Takes over both signals; from now on, and not some moments later, they do nothing but appear in `signals`.
    ///
    /// A later one takes them from an earlier one.
    public init() {
        let (stream, sink) = AsyncStream.makeStream(of: Int32.self)
        signals = stream
        let number = linux_watch_signals([SIGINT, SIGTERM], 2)
        // Without a pipe they end the process, as they do without a watch.
        guard number >= 0 else { return }
        startThread {
            let pipe = Descriptor(owning: number)
            var byte = [UInt8(0)]
            while (try? pipe.read(into: &byte, path: "signals")) ?? nil != nil { sink.yield(Int32(byte[0])) }
        }
    }

    /// Makes the process survive a hang-up of its terminal and a reader that goes away.
    public static func surviveHangUp() {
        signal(SIGHUP, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
    }
}
