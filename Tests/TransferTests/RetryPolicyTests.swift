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

@Suite struct HydrationPolicyTests {
    @Test func `three more attempts follow the first, after 1, 2 and 4 s exactly`() {
        let waits = (1...4).map { RetryPolicy.hydration.wait(after: $0, elapsed: .zero, retryAfter: nil) }
        #expect(waits == [.seconds(1), .seconds(2), .seconds(4), nil])
        #expect(RetryPolicy.hydration.wait(after: 1, elapsed: .zero, retryAfter: .seconds(9)) == .seconds(9))
    }

    @Test(arguments: [
        (408, true), (429, true), (500, true), (501, true), (503, true), (505, true), (599, true), (400, false),
        (401, false),
        (403, false), (404, false), (405, false), (409, false), (410, false), (418, false), (425, false),
    ])
    func `statuses pass as the systems have it whose archives are fetched`(status: Int, passes: Bool) {
        #expect(RetryPolicy.hydration.isRetryable(status) == passes)
    }
}
