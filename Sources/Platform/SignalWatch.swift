@preconcurrency internal import Dispatch
internal import Glibc

/// Turns SIGINT and SIGTERM into a stream, so that a run can stop in order.
public final class SignalWatch: Sendable {
    /// The numbers of the signals that came.
    public let signals: AsyncStream<Int32>
    private let sources: [any DispatchSourceSignal]

    /// Takes over both signals; from now on they do nothing but appear in `signals`.
    public init() {
        let (stream, sink) = AsyncStream.makeStream(of: Int32.self)
        signals = stream
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { sink.yield(number) }
            source.resume()
            return source
        }
    }

    /// Makes the process survive a hang-up of its terminal and a reader that goes away.
    public static func surviveHangUp() {
        signal(SIGHUP, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
    }
}
