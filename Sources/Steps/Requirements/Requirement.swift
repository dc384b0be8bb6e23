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

/// A requirement of a kind, with an owner and a mode.
protocol PlacedRequirement: Requirement {
    var placement: Placement { get }
    var host: Host { get }
}

extension PlacedRequirement {
    var path: String { placement.path }

    func difference(_ context: StepContext) async throws(StepFailure) -> Difference? { try await misplacement() }

    /// Whether kind, owner or mode are others.
    func misplacement() async throws(StepFailure) -> Difference? {
        let placement = placement
        return try await onDisk { () throws(SystemCallError) in try placement.difference() }
    }

    /// Fails when what is there is not to become ours.
    func refuseObstacle() async throws(StepFailure) {
        let placement = placement
        if let obstacle = try await onDisk({ () throws(SystemCallError) in try placement.obstacle() }) {
            throw hopeless(obstacle.problem, hint: obstacle.hint)
        }
    }
}
