/// How much of a transfer is there, how fast the rest comes, and how long it will take.
struct TransferRate: Sendable {
    private struct Sample { let time: ContinuousClock.Instant, bytes: Int64 }

    /// Over how long the speed is taken: shorter, it jumps about; longer, it does not tell of a server that slows down.
    static let window = Duration.seconds(5)

    private(set) var received: Int64
    private(set) var whole: Int64?
    private var samples: [Sample]

    /// Begins with what an earlier attempt left, which nobody sent now.
    init(_ received: Int64, of whole: Int64?, at now: ContinuousClock.Instant) {
        self.received = received
        self.whole = whole
        samples = [Sample(time: now, bytes: received)]
    }

    /// So much is there now; less than before is another attempt's beginning.
    mutating func take(_ received: Int64, of whole: Int64?, at now: ContinuousClock.Instant) {
        if received < self.received {
            self = TransferRate(received, of: whole, at: now)
            return
        }
        (self.received, self.whole) = (received, whole)
        // A piece comes every few microseconds; ten samples in the window are enough.
        guard let last = samples.last, now - last.time >= Self.window / 10 else { return }
        samples.append(Sample(time: now, bytes: received))
        samples.removeAll { now - $0.time > Self.window }
    }

    /// Bytes a second; nil when it is too early to tell.
    func speed(at now: ContinuousClock.Instant) -> Double? {
        guard let first = samples.first, now - first.time >= .milliseconds(500) else { return nil }
        return Double(received - first.bytes) / ((now - first.time) / .seconds(1))
    }

    /// Words such as `24.1 of 124.0 MiB, 40.2 MiB/s, 3 s left`, and `124.0 MiB received` when all is there.
    func words(at now: ContinuousClock.Instant) -> String {
        if let whole, received >= whole { return "\(EventLines.mebibytes(whole)) MiB received" }
        let there = EventLines.mebibytes(received)
        var words = [whole.map { "\(there) of \(EventLines.mebibytes($0)) MiB" } ?? "\(there) MiB"]
        if let speed = speed(at: now) {
            // A slow one is told in KiB: "0.0 MiB/s" would look like a dead server.
            words.append(
                speed < 1_048_576 ? "\(Int64(speed) >> 10) KiB/s" : "\(EventLines.mebibytes(Int64(speed))) MiB/s")
            if let whole, speed > 0 { words.append("\(Self.time(Double(whole - received) / speed)) left") }
        }
        return words.joined(separator: ", ")
    }

    private static func time(_ seconds: Double) -> String {
        guard seconds < 86_400 else { return "more than a day" }
        let whole = Int64(seconds.rounded(.up))
        if whole < 120 { return "\(whole) s" }
        return whole < 7200 ? "\(whole / 60) min" : "\(whole / 3600) h"
    }
}
