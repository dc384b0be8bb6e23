internal import Platform

/// How a host took what a roll-out gave it.
struct RolloutOutcome: Sendable, Equatable {
    enum Kind: String, Sendable {
        /// Its wave has not begun.
        case waiting
        /// It was given it, and is not there yet.
        case pending
        /// It is in sync with it.
        case healthy
        case failed
        /// It is no longer the roll-out's: it was given something else since, or is gone.
        case left
        /// It was given back what it had, and is there again or on the way.
        case back
        case goingBack = "going_back"
    }

    let kind: Kind
    /// What there is to say of it besides; empty where the kind says all.
    var reason = ""

    static let waiting = RolloutOutcome(kind: .waiting), healthy = RolloutOutcome(kind: .healthy)
    static let back = RolloutOutcome(kind: .back), goingBack = RolloutOutcome(kind: .goingBack)

    /// With what it does instead.
    static func pending(_ reason: String) -> RolloutOutcome { RolloutOutcome(kind: .pending, reason: reason) }

    static func failed(_ reason: String) -> RolloutOutcome { RolloutOutcome(kind: .failed, reason: reason) }

    static func left(_ reason: String) -> RolloutOutcome { RolloutOutcome(kind: .left, reason: reason) }

    /// The word for it.
    var word: String { kind.rawValue }
}

extension RolloutHost {
    /// How it stands at a moment; `state` is what the hub knows of it, nil when it is gone.
    func outcome(_ state: HostState?, _ rollout: Rollout, at now: Timestamp) -> RolloutOutcome {
        if let last { return last }
        guard let givenAt else { return .waiting }
        guard let state else { return .left("the host is gone") }
        guard state.config?.digest == newDigest else {
            guard rollout.status == .aborted, state.config?.digest == oldDigest else {
                return .left("it was given another config since")
            }
            return state.takenDigest == oldDigest ? .back : .goingBack
        }
        let standing = state.standing(at: now)
        // What it said before it was given it says nothing of that.
        let isFresh = state.heard.map { $0 >= givenAt } ?? false
        if isFresh, standing == .silent { return .failed(words(for: state, standing)) }
        if state.takenDigest == newDigest {
            switch standing {
            case .inSync: return .healthy
            case .failed where isFresh, .degraded where isFresh:
                return .failed("\(standing.inWords): \(state.run?.error ?? state.message)")
            default: break
            }
        }
        guard let began = began(givenAt, state, standing),
            now.milliseconds - began.milliseconds > rollout.plan.within.milliseconds
        else { return .pending(words(for: state, standing)) }
        return .failed("\(words(for: state, standing)), and not in sync within \(rollout.plan.within.inWords)")
    }

    /// Since when it is counted how long it takes; nil when that is its own affair.
    private func began(_ givenAt: Timestamp, _ state: HostState, _ standing: HostState.Standing) -> Timestamp? {
        // What tells that it is behind knows of it, and waits for its own window or its owner.
        if state.saysItIsBehind, standing == .behind { return nil }
        // It was well with it, and mends itself, or is run by somebody.
        if wasWell, state.takenDigest == newDigest { return standing == .running ? state.run?.startedAt : nil }
        // Nobody counted while no hub was there.
        return max(givenAt, state.silenceCountsFrom)
    }

    private func words(for state: HostState, _ standing: HostState.Standing) -> String {
        guard standing == .silent, let heard = state.heard else { return standing.inWords }
        return "silent since \(heard.rfc3339)"
    }
}

extension RawRepresentable<String> {
    /// The word for people.
    var inWords: String { rawValue.replacingBytes("_", with: " ") }
}
