import Engine
import Platform

/// One thing that a bundle declares it needs before its services start.
protocol Requirement: Sendable {
    /// Where it is on this host.
    var path: String { get }

    /// The lower, the earlier.
    var priority: Int { get }

    /// Looks, touches nothing; nil when it is met.
    func difference(_ context: StepContext) async throws(StepFailure) -> Difference?

    /// The same with what a plan tells besides.
    func foresee(_ context: StepContext) async throws(StepFailure) -> Difference?

    /// Meets it, once. Cancelling the task stops it soon.
    func meet(_ context: StepContext) async throws(StepFailure)
}

extension Requirement {
    /// Nothing besides.
    func foresee(_ context: StepContext) async throws(StepFailure) -> Difference? { try await difference(context) }

    /// A failure that trying again would not change.
    func hopeless(_ problem: String, hint: String) -> StepFailure {
        StepFailure(.integrity, Explanation(problem, at: path, hint: hint))
    }
}
