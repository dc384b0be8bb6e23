/// One thing to make true on the host.
///
/// It knows nothing of order, time limits, logging or percent: the runner does.
public protocol Step: Sendable {
    /// Its name.
    var id: StepID { get }

    /// The stage of the run it belongs to, as the hub shows it.
    var phase: Phase { get }

    /// The steps that must hold before this one can be looked at or applied.
    var needs: Set<StepID> { get }

    /// Looks, touches nothing; an empty answer means satisfied. May run before the steps it needs, for `plan`.
    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference]

    /// What `plan` shows: as `inspect`, with details, and with what only follows from the differences.
    ///
    /// Touches nothing and needs no root. May ask the network.
    func preview(_ context: StepContext) async throws(StepFailure) -> [Difference]

    /// What `status --verify` shows: as `inspect`, and what no run would change besides; asks no network.
    func verify(_ context: StepContext) async throws(StepFailure) -> [Difference]

    /// What it stands for on this host, with what was there before; asked before it acts, and touches nothing.
    ///
    /// What the receipt has of it already keeps what was there before.
    func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing]

    /// It still stands for this thing, which a run before this one recorded.
    func wants(_ thing: OwnedThing) -> Bool

    /// The host counts as ready without it, and stays so while it is tried.
    var isOptional: Bool { get }

    /// What it has to do again whenever another step has changed the host, if anything; `plan` shows it then.
    var consequence: Difference? { get }

    /// Makes the differences go away. Cancelling the task stops it in order.
    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure)
}

extension Step {
    /// No host is ready without it.
    public var isOptional: Bool { false }

    /// Nothing that stays.
    public func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] { [] }

    /// None.
    public func wants(_ thing: OwnedThing) -> Bool { false }

    /// Nothing.
    public var consequence: Difference? { nil }

    /// Nothing besides.
    public func verify(_ context: StepContext) async throws(StepFailure) -> [Difference] { try await inspect(context) }

    /// Nothing follows, and there is nothing more to say.
    public func preview(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        try await inspect(context)
    }
}

/// The stages of a run, in the order in which they begin.
public enum Phase: String, Sendable, Codable, CaseIterable {
    case preflight, layout, files, install, storage, services, finish
}
