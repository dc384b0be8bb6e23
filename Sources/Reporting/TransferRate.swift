internal import Engine

/// How much of a transfer is there, how fast the rest comes, and how long it will take.
struct TransferRate: Sendable {
    private struct Sample { let time: ContinuousClock.Instant, bytes: Int64 }

    /// Over how long the speed is taken: shorter, it jumps about; longer, it does not tell of a server that slows down.
    static let window = Duration.seconds(5)

    private var last: ByteProgress
    private var samples: [Sample]

    /// What is done to the bytes; nil when they are received.
    var work: String? { last.work }

    /// Begins with what an earlier attempt left, which nobody sent now.
    init(_ progress: ByteProgress, at now: ContinuousClock.Instant) {
        last = progress
        samples = [Sample(time: now, bytes: progress.bytes)]
    }

    /// So much is there now; less than before is another attempt's beginning, and other work begins anew, too.
    mutating func take(_ progress: ByteProgress, at now: ContinuousClock.Instant) {
        if progress.bytes < last.bytes || progress.work != last.work {
            self = TransferRate(progress, at: now)
            return
        }
        last = progress
        // A piece comes every few microseconds; ten samples in the window are enough.
        guard let newest = samples.last, now - newest.time >= Self.window / 10 else { return }
        samples.append(Sample(time: now, bytes: progress.bytes))
        samples.removeAll { now - $0.time > Self.window }
    }

    /// Bytes a second; nil when it is too early to tell.
    func speed(at now: ContinuousClock.Instant) -> Double? {
        guard let first = samples.first, now - first.time >= .milliseconds(500) else { return nil }
        return Double(last.bytes - first.bytes) / ((now - first.time) / .seconds(1))
    }

    /// Words such as `24.1 of 124.0 MiB, 40.2 MiB/s, 3 s left`, and `124.0 MiB received` when all is there.
    func words(at now: ContinuousClock.Instant) -> String {
        let (bytes, whole) = (last.bytes, last.whole)
        if let whole, bytes >= whole { return "\(EventLines.mebibytes(whole)) MiB\(work == nil ? " received" : "")" }
        let there = EventLines.mebibytes(bytes)
        var words = [whole.map { "\(there) of \(EventLines.mebibytes($0)) MiB" } ?? "\(there) MiB"]
        if let speed = speed(at: now) {
            // A slow one is told in KiB: "0.0 MiB/s" would look like a dead server.
            words.append(
                speed < 1_048_576 ? "\(Int64(speed) >> 10) KiB/s" : "\(EventLines.mebibytes(Int64(speed))) MiB/s")
            if let whole, speed > 0 { words.append("\(Self.time(Double(whole - bytes) / speed)) left") }
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
