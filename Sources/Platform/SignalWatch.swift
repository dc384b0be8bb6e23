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

    /// Makes the process end with its terminal again.
    public static func endOnHangUp() { signal(SIGHUP, SIG_DFL) }

    /// Ends the process as a hang-up of its terminal does, or does nothing where that is survived.
    public static func hangUp() { raise(SIGHUP) }

    /// Asks another process of this user's to stop in order, as Ctrl-C would.
    ///
    /// The corresponding C function is `kill`.
    public static func interrupt(_ process: Int32) throws(SystemCallError) {
        try check("kill", "process \(process)") { kill(process, SIGINT) }
    }
}
