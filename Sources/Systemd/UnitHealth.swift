/// How a unit stands, by its kind and, for a service, its type.
public enum UnitHealth: Sendable, Equatable {
    /// It does what it is there for: a service runs, a timer waits, a socket listens.
    case good
    /// It is on the way there; the words say how far.
    case waiting(String)
    /// It is inactive and ended well, or never ran: for some that is as it should be.
    case ended
    /// It does not get there by waiting.
    case failed(UnitFailure)
}

extension UnitState {
    /// How the unit stands.
    public func health(of unit: UnitName) -> UnitHealth {
        if let failure = loadFailure(of: unit) { return .failed(failure) }
        switch active {
        case "active", "reloading", "refreshing": return .good
        case "activating": return .waiting(whatIsAwaited)
        case "failed" where !isBetweenRestarts: return .failed(failure(of: unit))
        case "inactive" where !isBetweenRestarts:
            // ExecCondition= said that it is not to run.
            return ["success", "exec-condition"].contains(result) ? .ended : .failed(failure(of: unit))
        default: return .waiting("it is \(active) (\(sub))")
        }
    }

    /// Why it cannot be started at all; nil when it can.
    public func loadFailure(of unit: UnitName) -> UnitFailure? {
        switch load {
        case "loaded", "merged", "stub": nil
        case "not-found": .noUnitFile(unit)
        case "masked": .masked(unit, by: fragment)
        default: .badUnitFile(unit, lines: loadError.isEmpty ? [] : [loadError])
        }
    }

    /// Why it is inactive although it was to be started.
    public func idleness(of unit: UnitName, hasBegun: Bool) -> UnitFailure {
        if !unmetAssertions.isEmpty { return .unmetAssertions(unit, unmetAssertions) }
        if !hasBegun, !unmetConditions.isEmpty { return .unmetConditions(unit, unmetConditions) }
        if result == "exec-condition" { return .unmetConditions(unit, ["ExecCondition="]) }
        return hasBegun ? .endedByItself(unit, type: type) : .notStarted(unit, requirements: requirements)
    }

    /// A condition kept it from being started, which systemd takes for success.
    public var isSkipped: Bool { !unmetConditions.isEmpty || result == "exec-condition" }

    /// systemd 254 and newer pass through these on the way to the next automatic restart.
    private var isBetweenRestarts: Bool { sub.hasSuffix("-before-auto-restart") }

    private var whatIsAwaited: String {
        if sub.hasPrefix("auto-restart") { return "\(ending), and systemd starts it again" }
        switch (type, sub) {
        case (_, "start-pre"), (_, "condition"): return "the commands before ExecStart= still run"
        case (_, "start-post"): return "the commands of ExecStartPost= still run"
        case ("oneshot", _): return "it still runs"
        case ("", _), ("simple", _), ("exec", _), ("idle", _): return "it is \(active) (\(sub))"
        default: return missingSign
        }
    }

    /// What a type promises to do when it is ready, and this one did not yet.
    private var missingSign: String {
        switch type {
        case "notify", "notify-reload": "it did not tell systemd that it is ready (READY=1)"
        case "dbus": "it did not take its name \(busName) on the bus"
        case "forking" where !pidFile.isEmpty: "it did not go to the background and write \(pidFile)"
        case "forking": "it did not go to the background"
        case "oneshot": "it did not end"
        default: "it did not start"
        }
    }

    private var ending: String {
        switch exitReason {
        case 1: "it ended with exit code \(exitStatus)"
        case 2, 3: "it was ended by signal \(exitStatus)"
        default: "it ended (\(result))"
        }
    }

    private func failure(of unit: UnitName) -> UnitFailure {
        switch result {
        case "exit-code" where exitReason == 1 && exitStatus != 0:
            UnitFailure.setUpErrors[exitStatus] == nil
                ? .exited(unit, status: exitStatus) : .notSetUp(unit, status: exitStatus)
        // The main process is well or was never there: it was one of the commands around it.
        case "exit-code": .commandFailed(unit)
        case "signal", "core-dump":
            exitReason >= 2 ? .killed(unit, signal: exitStatus) : .commandFailed(unit)
        case "timeout": .tooSlow(unit, what: missingSign, seconds: startLimit / 1_000_000)
        case "start-limit-hit", "service-start-limit-hit", "trigger-limit-hit": .startedTooOften(unit)
        case "watchdog": .watchdog(unit)
        case "oom-kill": .outOfMemory(unit)
        case "protocol": .brokenPromise(unit, type: type, what: missingSign)
        case "resources": .noResources(unit)
        default: .other(unit, result: result, state: "\(active) (\(sub))")
        }
    }
}
