/// Which failures pass by themselves, and how long to wait for that.
public struct RetryPolicy: Sendable {
    /// How often in a row to try without getting anywhere.
    public var attempts: Int
    /// How long those attempts and the waits between them may take together.
    public var budget: Duration
    /// The longest wait before the second attempt; it doubles with each further one, up to 30 s.
    public var firstDelay: Duration

    /// A wait is as long as it may be, instead of a random part of that.
    var isExact = false
    /// Statuses that another attempt may change.
    var isRetryable: @Sendable (_ status: Int) -> Bool = Self.isRetryable(status:)

    /// One attempt and three more, after 1, 2 and 4 s; of all statuses 408, 429 and those from 500 on may pass.
    ///
    /// These are what the systems do whose data archives are fetched.
    public static let hydration: RetryPolicy = {
        var policy = RetryPolicy(attempts: 4, budget: .seconds(600), firstDelay: .seconds(1))
        policy.isExact = true
        policy.isRetryable = { $0 == 408 || $0 == 429 || $0 >= 500 }
        return policy
    }()

    /// Five attempts within ten minutes.
    public static let standard = RetryPolicy(attempts: 5, budget: .seconds(600), firstDelay: .seconds(1))

    /// Makes a policy from its parts.
    public init(attempts: Int, budget: Duration, firstDelay: Duration) {
        self.attempts = attempts
        self.budget = budget
        self.firstDelay = firstDelay
    }

    /// How long to wait after attempt `number`, from 1; nil when there is to be no other.
    ///
    /// Full jitter: hosts that failed together must not come back together. A Retry-After wins when it is longer.
    func wait(after number: Int, elapsed: Duration, retryAfter: Duration?) -> Duration? {
        guard number < attempts else { return nil }
        let ceiling = min(firstDelay * (1 << min(number - 1, 10)), .seconds(30))
        let jittered = isExact ? ceiling : ceiling * Double.random(in: 0...1)
        let wait = max(jittered, retryAfter ?? .zero)
        return elapsed + wait < budget ? wait : nil
    }

    /// Statuses that another attempt may change: a time-out, too early, too many, or a server in trouble.
    static func isRetryable(status: Int) -> Bool {
        switch status {
        case 408, 425, 429: true
        case 501, 505: false
        default: status >= 500
        }
    }

    /// libcurl's codes for what another attempt may change: names, connections, cut-off and stalled transfers.
    ///
    /// Certificates are not among them. See libcurl-errors(3).
    static func isRetryable(code: Int32) -> Bool { [5, 6, 7, 16, 18, 28, 35, 52, 55, 56, 92, 95].contains(code) }
}
