internal import Platform

/// What a roll-out does next.
enum RolloutMove: Sendable, Equatable {
    /// Nothing, but for what it waits for.
    case wait(String)
    /// The next wave is given it.
    case begin
    /// From now on, or no longer, all that have it are well.
    case note(wellSince: Timestamp?)
    case halt(String)
    case finish

    /// Decides by how the hosts stand that were given it; `watched` is since when they have been looked at without a break, and
    /// `opening` when the window opens that it waits for.
    static func next(
        of rollout: Rollout, _ outcomes: [(host: RolloutHost, outcome: RolloutOutcome)], at now: Timestamp,
        watched: Timestamp, opening: String?
    ) -> RolloutMove {
        guard rollout.status == .running else { return .standing(rollout) }
        let failed = outcomes.filter { host, outcome in outcome.kind == .failed && !host.isForgiven }
        if failed.count > rollout.plan.mostFailed { return .halt(reason(failed, rollout)) }
        let pending = outcomes.count { $0.outcome.kind == .pending }
        guard pending == 0 else {
            if rollout.wellSince != nil { return .note(wellSince: nil) }
            return .wait("waits for \(pending) host\(pending == 1 ? "" : "s")")
        }
        if rollout.wavesBegun > 0 {
            guard let since = rollout.wellSince else { return .note(wellSince: now) }
            let end = Timestamp(
                milliseconds: max(since, watched).milliseconds + rollout.plan.soak.milliseconds)
            if now < end { return .wait("soaks until \(end.rfc3339)") }
            if rollout.wavesBegun == rollout.plan.waves.count { return .finish }
        }
        if let opening { return .wait("wave \(rollout.wavesBegun + 1) waits for its window: \(opening)") }
        return .begin
    }

    /// Of one that does not run.
    static func standing(_ rollout: Rollout) -> RolloutMove {
        let ways = "bootstrap-hub rollout resume \(rollout.id) --data DIR, or rollout abort"
        return switch rollout.status {
        case .running, .done: .wait("")
        case .paused: .wait("nothing more is given until \(ways)")
        case .halted: .wait("\(rollout.reason): \(ways)")
        case .aborted: .wait(rollout.reason)
        }
    }

    private static func reason(
        _ failed: [(host: RolloutHost, outcome: RolloutOutcome)], _ rollout: Rollout
    ) -> String {
        let named = failed.prefix(3).map { "\($0.host.name) (\(String($0.outcome.reason.prefix(200))))" }
        return "\(failed.count) failed, and \(rollout.plan.mostFailed) may: "
            + named.joined(separator: ", ") + (failed.count > 3 ? " …" : "")
    }
}
