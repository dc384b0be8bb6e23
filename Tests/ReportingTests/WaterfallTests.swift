import Reporting
import Testing

@Suite struct WaterfallTests {
    @Test(
        arguments: [
            (0, 1000, 0, true, "##########"), (0, 500, 200, false, "=====.."), (500, 500, 0, true, "     #####"),
            // Too short to be seen, and at the very end.
            (0, 0, 0, false, "="), (1000, 0, 0, true, "         #"), (250, 1, 0, false, "  ="),
            // What a receipt says that was damaged, or written while the clock was set.
            (-500, 100, 0, false, "="), (5000, 100, 9000, false, "         ="), (0, 2000, 500, false, "=========="),
        ] as [(Int64, Int64, Int64, Bool, String)])
    func `a bar lies where its step worked, and ends at the run's edge`(
        start: Int64, duration: Int64, slack: Int64, isCritical: Bool, bar: String
    ) {
        let waterfall = Waterfall(milliseconds: 1000, columns: 10, isUnicode: false)
        #expect(waterfall.bar(start: start, duration: duration, slack: slack, isCritical: isCritical) == bar)
    }

    @Test func `a run that took no time has bars, too`() {
        let waterfall = Waterfall(milliseconds: 0, columns: 4, isUnicode: true)
        #expect(waterfall.bar(start: 0, duration: 0, slack: 0, isCritical: true) == "█")
    }
}
