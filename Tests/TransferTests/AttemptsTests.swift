import Testing

@testable import Transfer

@Suite struct AttemptsTests {
    private let begin = ContinuousClock.now

    @Test func `failures that bring nothing are counted in a row`() {
        var attempts = Attempts(begin: begin)
        for number in 1...3 {
            #expect(attempts.fail(reached: 0, at: begin + .seconds(number)) == .seconds(number))
            #expect(attempts.number == number)
        }
    }

    @Test func `a failure that brought a piece starts the count anew`() {
        var attempts = Attempts(begin: begin)
        _ = attempts.fail(reached: 0, at: begin + .seconds(1))
        _ = attempts.fail(reached: 0, at: begin + .seconds(2))
        #expect(attempts.fail(reached: Attempts.worthwhile, at: begin + .seconds(90)) == .zero)
        #expect(attempts.number == 1)
        #expect(attempts.fail(reached: Attempts.worthwhile, at: begin + .seconds(95)) == .seconds(5))
        #expect(attempts.number == 2)
    }

    @Test(arguments: [Attempts.worthwhile - 1, 1, 0])
    func `crumbs, and what was there before a fresh start, do not count`(reached: Int64) {
        var attempts = Attempts(begin: begin)
        _ = attempts.fail(reached: reached, at: begin)
        _ = attempts.fail(reached: 0, at: begin)
        _ = attempts.fail(reached: reached, at: begin)
        #expect(attempts.number == 3)
    }
}
