import Testing

@testable import Transfer

@Suite struct RetryPolicyTests {
    private let policy = RetryPolicy(attempts: 5, budget: .seconds(600), firstDelay: .seconds(1))

    @Test(arguments: [(1, 1), (2, 2), (3, 4), (4, 8)])
    func `waits double at most`(number: Int, most: Int) throws {
        for _ in 0..<100 {
            let wait = try #require(policy.wait(after: number, elapsed: .zero, retryAfter: nil))
            #expect(wait >= .zero && wait <= .seconds(most))
        }
    }

    @Test func `no wait is longer than half a minute`() throws {
        let long = RetryPolicy(attempts: 1000, budget: .seconds(600), firstDelay: .seconds(1))
        for number in [6, 12, 999] {
            #expect(try #require(long.wait(after: number, elapsed: .zero, retryAfter: nil)) <= .seconds(30))
        }
    }

    @Test func `after the last attempt, or past the budget, there is no other`() {
        #expect(policy.wait(after: 5, elapsed: .zero, retryAfter: nil) == nil)
        #expect(policy.wait(after: 1, elapsed: .seconds(600), retryAfter: nil) == nil)
        #expect(policy.wait(after: 1, elapsed: .zero, retryAfter: .seconds(600)) == nil)
    }

    @Test func `what the server asks for is honoured when it is longer`() {
        #expect(policy.wait(after: 1, elapsed: .zero, retryAfter: .seconds(40)) == .seconds(40))
    }
}
