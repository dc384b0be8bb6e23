import Engine
import Testing

@testable import Reporting

@Suite struct TransferRateTests {
    private let start = ContinuousClock.now
    private static let mebibyte: Int64 = 1 << 20

    @Test func `tells what is there, how fast the rest comes, and how long it takes`() {
        var rate = TransferRate(ByteProgress(0, of: 100 * Self.mebibyte), at: start)
        rate.take(ByteProgress(10 * Self.mebibyte, of: 100 * Self.mebibyte), at: start + .seconds(1))
        rate.take(ByteProgress(20 * Self.mebibyte, of: 100 * Self.mebibyte), at: start + .seconds(2))
        #expect(rate.words(at: start + .seconds(2)) == "20.0 of 100.0 MiB, 10.0 MiB/s, 8 s left")
    }

    @Test func `says nothing of a speed before it can be known, nor of an end that the server does not tell`() {
        var rate = TransferRate(ByteProgress(0, of: nil), at: start)
        rate.take(ByteProgress(Self.mebibyte, of: nil), at: start + .milliseconds(10))
        #expect(rate.words(at: start + .milliseconds(10)) == "1.0 MiB")
        rate.take(ByteProgress(2 * Self.mebibyte, of: nil), at: start + .seconds(4))
        #expect(rate.words(at: start + .seconds(4)) == "2.0 MiB, 512 KiB/s")
    }

    @Test func `a server that stops is seen to have stopped`() {
        var rate = TransferRate(ByteProgress(0, of: 4 * Self.mebibyte), at: start)
        for second in 1...20 {
            rate.take(ByteProgress(Self.mebibyte, of: 4 * Self.mebibyte), at: start + .seconds(second))
        }
        #expect(rate.words(at: start + .seconds(20)) == "1.0 of 4.0 MiB, 0 KiB/s")
    }

    @Test func `what an earlier attempt left is not taken for speed, and one that begins anew starts over`() {
        var rate = TransferRate(ByteProgress(90 * Self.mebibyte, of: 100 * Self.mebibyte), at: start)
        rate.take(ByteProgress(91 * Self.mebibyte, of: 100 * Self.mebibyte), at: start + .seconds(1))
        #expect(rate.words(at: start + .seconds(1)) == "91.0 of 100.0 MiB, 1.0 MiB/s, 9 s left")
        rate.take(ByteProgress(0, of: 100 * Self.mebibyte), at: start + .seconds(2))
        #expect(rate.words(at: start + .seconds(2)) == "0.0 of 100.0 MiB")
    }

    @Test func `other work on the same bytes starts over, and is not said to have received them`() {
        var rate = TransferRate(ByteProgress(10, of: 4 * Self.mebibyte, work: "hashing"), at: start)
        rate.take(ByteProgress(4 * Self.mebibyte, of: 4 * Self.mebibyte, work: "hashing"), at: start + .seconds(1))
        #expect(rate.work == "hashing" && rate.words(at: start + .seconds(1)) == "4.0 MiB")
        rate.take(ByteProgress(4 * Self.mebibyte, of: 9 * Self.mebibyte, work: "compressing"), at: start + .seconds(2))
        #expect(rate.work == "compressing" && rate.words(at: start + .seconds(2)) == "4.0 of 9.0 MiB")
    }

    @Test func `what is all there has no speed`() {
        var rate = TransferRate(ByteProgress(0, of: 10), at: start)
        rate.take(ByteProgress(3 * Self.mebibyte, of: 3 * Self.mebibyte), at: start + .seconds(1))
        #expect(rate.words(at: start + .seconds(9)) == "3.0 MiB received")
    }
}
