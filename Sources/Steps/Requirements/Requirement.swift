import Engine
import Platform

/// One thing that a bundle declares it needs before its services start.
protocol Requirement: Sendable {
    /// Where it is: a path on this host, or an address. Each difference of it is of this.
    var place: String { get }

    /// What it makes on this host, without the folders above.
    var ownedThings: [OwnedThing] { get }

    /// How long meeting it may take, which then is not tried again; nil: as the config says for all.
    var ownTime: Duration? { get }

    /// Looks, touches nothing; nil when it is met.
    func difference(_ context: StepContext) async throws(StepFailure) -> Difference?

    /// The same without what is not this host's to keep: asks no network.
    func verify(_ context: StepContext) async throws(StepFailure) -> Difference?

    /// The same with what a plan tells besides.
    func preview(_ context: StepContext) async throws(StepFailure) -> Difference?

    /// Meets it, once. Cancelling the task stops it soon.
    func meet(_ context: StepContext) async throws(StepFailure)
}

extension Requirement {
    /// What owns its things says which step made them.
    static var mark: String { "declared by a bundle" }

    /// As the config says.
    var ownTime: Duration? { nil }

    /// All of it is this host's.
    func verify(_ context: StepContext) async throws(StepFailure) -> Difference? { try await difference(context) }

    /// Nothing besides.
    func preview(_ context: StepContext) async throws(StepFailure) -> Difference? { try await difference(context) }

    /// A failure that trying again would not change.
    func hopeless(_ problem: String, hint: String) -> StepFailure {
        StepFailure(.integrity, Explanation(problem, at: place, hint: hint))
    }
}

/// A requirement of a kind, with an owner and a mode.
protocol PlacedRequirement: Requirement {
    var placement: Placement { get }
    var host: Host { get }
}

extension PlacedRequirement {
    var path: String { placement.path }
    var place: String { path }
    var ownedThings: [OwnedThing] {
        [OwnedThing(placement.kind == .folder ? .folder : .data, path, content: Self.mark)]
    }

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
