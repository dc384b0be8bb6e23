internal import Platform

/// How a host took what a roll-out gave it.
enum RolloutOutcome: Sendable, Equatable {
    /// Its wave has not begun.
    case waiting
    /// It was given it, and is not there yet; what it does instead.
    case pending(String)
    /// It is in sync with it.
    case healthy
    case failed(String)
    /// It is no longer the roll-out's: it was given something else since, or is gone.
    case left(String)
    /// It was given back what it had, and is there again or on the way.
    case back, goingBack

    /// The word for it.
    var word: String {
        switch self {
        case .waiting: "waiting"
        case .pending: "pending"
        case .healthy: "healthy"
        case .failed: "failed"
        case .left: "left"
        case .back: "back"
        case .goingBack: "going_back"
        }
    }

    /// What there is to say of it besides.
    var reason: String {
        switch self {
        case .pending(let reason), .failed(let reason), .left(let reason): reason
        case .waiting, .healthy, .back, .goingBack: ""
        }
    }
}

extension RolloutOutcome {
    /// As the database has it; nil for a word that is none.
    init?(word: String, reason: String) {
        let all: [RolloutOutcome] = [.waiting, .pending(reason), .healthy, .failed(reason), .left(reason)]
        guard let outcome = all.first(where: { $0.word == word }) else { return nil }
        self = outcome
    }
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
        if standing == .silent {
            return .failed("silent" + (state.heard.map { " since \($0.rfc3339)" } ?? ""))
        }
        if state.takenDigest == newDigest {
            switch standing {
            case .inSync: return .healthy
            case .failed, .degraded:
                return .failed("\(standing.inWords): \(state.run?.error ?? state.message)")
            default: break
            }
        }
        // Nobody counted while no hub was there.
        let began = max(givenAt, state.silenceCountsFrom)
        // What tells that it is behind knows of it, and waits for its own window or its owner.
        if now.milliseconds - began.milliseconds > rollout.plan.within.milliseconds, !state.saysItIsBehind {
            return .failed("\(standing.inWords), and not in sync within \(rollout.plan.within.inWords)")
        }
        return .pending(standing.inWords)
    }
}

extension HostState.Standing {
    /// For people.
    var inWords: String { rawValue.replacingBytes("_", with: " ") }
}
