import Testing

@testable import Bundles

@Suite struct DownloadMeterTests {
    private static let mebibyte: Int64 = 1 << 20

    @Test func `it tells once an interval, how much came and how fast`() {
        let begin = ContinuousClock.now
        let meter = DownloadMeter(every: .seconds(5), now: begin)
        #expect(meter.words(10, of: nil, now: begin + .seconds(4)) == nil)
        let first = meter.words(100 * Self.mebibyte, of: 300 * Self.mebibyte, now: begin + .seconds(5))
        #expect(first == "100 of 300 MiB, 20 MiB/s")
        #expect(meter.words(101 * Self.mebibyte, of: nil, now: begin + .seconds(9)) == nil)
        #expect(meter.words(102 * Self.mebibyte, of: nil, now: begin + .seconds(15)) == "102 MiB, 204 KiB/s")
    }

    @Test func `what an earlier run left counts for no speed`() {
        let begin = ContinuousClock.now
        let meter = DownloadMeter(every: .seconds(5), now: begin)
        meter.begin(at: 200 * Self.mebibyte)
        let words = meter.words(210 * Self.mebibyte, of: 300 * Self.mebibyte, now: begin + .seconds(10))
        #expect(words == "210 of 300 MiB, 1 MiB/s")
    }
}
