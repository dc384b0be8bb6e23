/// Decides what follows a failed apt-get: a repair, patience, another attempt, or the end.
///
/// It runs nothing and has no clock.
struct AptRecovery {
    /// What is to be done.
    enum Action: Equatable {
        /// Let dpkg finish what was cut off, then do the same again.
        case repair
        /// Another program holds a lock: wait a moment, then do the same again.
        case wait
        /// Fetch the lists anew after a pause; `attempt` is the one that failed, from 1.
        case retry(attempt: Int)
        /// Nothing here cures it.
        case giveUp
    }

    static let attempts = 3
    private var attempt = 1
    private var hasRepaired: Bool

    /// `hasRepaired`: dpkg was repaired before the first attempt; it is done once in a run.
    init(hasRepaired: Bool) { self.hasRepaired = hasRepaired }

    /// What follows a failure; `mayWait` says whether the time that locks are waited for is not over.
    mutating func action(after failure: AptFailure, mayWait: Bool) -> Action {
        switch failure {
        case .interrupted, .brokenPackages, .dpkgFailed:
            if hasRepaired { return .giveUp }
            hasRepaired = true
            return .repair
        // apt itself waits for dpkg's lock, and not for that of its lists.
        case .lockHeld: return mayWait ? .wait : .giveUp
        case .unknownPackage, .damagedLists, .network:
            guard attempt < Self.attempts else { return .giveUp }
            defer { attempt += 1 }
            return .retry(attempt: attempt)
        // Each attempt shows the proxy the same password for every list, which may lock an account.
        case .proxyRefused, .diskFull, .diskFailing, .sourcesContradict, .unverified, .noRelease, .onHold,
            .unmetDependencies, .other:
            return .giveUp
        }
    }
}
