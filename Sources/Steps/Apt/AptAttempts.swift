import Engine
import HostConfig
import Platform
import Privileged

/// The attempts at one piece of apt's work, with what each failure calls for before the next.
struct AptAttempts {
    private let apt: AptCommands
    private var recovery: AptRecovery
    private let deadline: ContinuousClock.Instant

    init(_ apt: AptCommands, hasRepaired: Bool) {
        self.apt = apt
        recovery = AptRecovery(hasRepaired: hasRepaired)
        deadline = ContinuousClock.now + apt.settings.lockTimeout
    }

    /// Does what a failure calls for, after which the same may be tried again; throws when nothing cures it.
    mutating func recover(
        from failure: AptFailure, _ context: StepContext, explain: () async -> Explanation
    ) async throws(StepFailure) -> AptRecovery.Action {
        let action = recovery.action(after: failure, mayWait: ContinuousClock.now < deadline)
        switch action {
        case .repair: try await apt.repair(context)
        case .wait:
            context.progress("waiting for another program that holds apt's lock")
            try await pause(.seconds(2))
        case .retry(let attempt):
            context.retried(attempt: attempt, of: AptRecovery.attempts, await explain().problem)
            // Up to 2 s, then 4 s, with full jitter: hosts that boot together must not come back together.
            try await pause(.milliseconds(Int64.random(in: 200...(2000 << (attempt - 1)))))
            try await apt.clearPartialLists()
        case .giveUp: throw StepFailure(await explain())
        }
        return action
    }

    private func pause(_ time: Duration) async throws(StepFailure) {
        do { try await Task.sleep(for: time) } catch {
            throw StepFailure(.cancelled, Explanation("stopped between two attempts", hint: "run again"))
        }
    }
}
