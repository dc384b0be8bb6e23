import Engine
import HostConfig
import Platform
import Privileged
import Systemd

/// One unit: enabled, doing what its kind and type are there for, and started after all that it uses last changed; or, if it is
/// a package's, neither enabled nor running.
struct Service: Step {
    let id: StepID
    let phase = Phase.services
    let needs: Set<StepID>
    private let specification: ServiceSpecification
    private let host: Host
    private let manager: any UnitManager
    private let health: HealthProbe
    static let fact = "fingerprint"
    private static let maskFact = "mask"
    private static let enabledFact = "enabled"
    private static let skippedFact = "skipped"
    private static let versionsFact = "bundles"
    /// What a unit is to be whose address does not answer well, though systemd has nothing against it.
    private static let healthy = "healthy"

    /// `others` are all units of the config.
    init(_ specification: ServiceSpecification, among others: [ServiceSpecification], _ host: Host) {
        id = specification.stepID
        self.specification = specification
        self.host = host
        manager = host.manager(specification.scope)
        health = HealthProbe(specification.health, host.tls)
        // A socket is not opened for a service that runs already.
        let sockets = others.filter {
            $0.unit.suffix == ".socket" && $0.unit.stem == specification.unit.stem && $0.scope == specification.scope
        }
        needs = Set([UnitFiles.name] + (specification.unit.suffix == ".service" ? sockets.map(\.stepID) : []))
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let name = specification.unit.text
        let state = try await manager.state(of: specification.unit, withLinks: true)
        if specification.isMasked { return maskDifferences(state, context) }
        if state.isMasked {
            guard host.takesOver || context.remembered(Self.maskFact) == "ours" else {
                throw ForeignUnitFiles.maskFailure(
                    specification.place, state.fragment.isEmpty ? specification.path : state.fragment)
            }
            return [Difference(name, found: "masked", wanted: "active")]
        }
        context.remember(Self.maskFact, "none")
        if let absence = await manager.absence() {
            return specification.isToRun ? [Difference(name, found: absence, wanted: "active")] : []
        }
        if specification.isPackages, state.load == "not-found" {
            return [Difference(name, found: "no unit file", wanted: "the unit of a package")]
        }
        var found = [try await bootDifference(state, context)].compactMap(\.self)
        guard specification.isToRun else {
            if try await runsNeedlessly(state) {
                found.append(Difference(name, found: state.active, wanted: "stopped"))
            }
            return found
        }
        if let difference = try await runDifference(state, context) {
            found.append(difference)
            try await expectOtherFiles(state, context)
        }
        if found.isEmpty { try await rememberVersions(context) }
        return found
    }

    /// With which archives of its bundles it was last seen to be healthy.
    private func rememberVersions(_ context: StepContext) async throws(StepFailure) {
        let digests = try await host.archivesUsed(by: specification)
        let words = digests.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
        context.remember(Self.versionsFact, words)
    }

    /// The digests of the archives with which a unit whose step remembers this was last healthy, by bundle.
    static func versions(_ facts: [String: String]) -> [String: String] {
        (facts[versionsFact] ?? "").split(separator: " ").reduce(into: [:]) { found, word in
            let parts = word.split(separator: "=").map(String.init)
            if parts.count == 2 { found[parts[0]] = parts[1] }
        }
    }

    /// Started with files that it did not become healthy with, it does not run with the last good ones any more.
    private func expectOtherFiles(_ state: UnitState, _ context: StepContext) async throws(StepFailure) {
        guard let last = context.remembered(Self.fact) else { return }
        if try await host.fingerprint(specification, dropIns: state.dropIns) != last { context.keep(Self.fact, "none") }
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let name = specification.unit.text
        if specification.isMasked {
            try await manager.stop(specification.unit)
            return context.remember(Self.maskFact, "ours")
        }
        try await manager.ready()
        var state = try await manager.state(of: specification.unit, withLinks: false)
        if state.isMasked, host.takesOver {
            // Not in the place of the unit's own file, which is written by now.
            try await manager.unmask(specification.unit, restoringFile: false)
            try await manager.reload()
            state = try await manager.state(of: specification.unit, withLinks: false)
        }
        if let failure = state.loadFailure(of: specification.unit) {
            if specification.isPackages, case .noUnitFile = failure {
                throw StepFailure(PackageUnit.absence(of: specification.place))
            }
            throw await host.failure(failure, in: specification.scope, state, nil, context)
        }
        let fingerprint = try await host.fingerprint(specification, dropIns: state.dropIns)
        if differences.contains(where: { $0.what == "\(name) at boot" }) {
            if specification.isEnabled {
                try await manager.enable(specification.unit)
            } else {
                try await manager.disable(specification.unit)
            }
            context.remember(Self.enabledFact, specification.isEnabled ? "yes" : "no")
        }
        guard specification.isToRun else {
            if differences.contains(where: { $0.what == name }) { try await manager.stop(specification.unit) }
            return
        }
        var start: UnitStart?
        if let difference = differences.first(where: { $0.what == name }) {
            context.remember(Self.skippedFact, "no")
            let isCurrent = try await isCurrent(state, fingerprint, context)
            // What was on its way when it was looked at may have arrived: to be started again would cut it off.
            let hasArrived =
                isCurrent && difference.wanted != Self.healthy && state.health(of: specification.unit) == .good
            if !hasArrived { start = try await begin(state, isCurrent: isCurrent) }
        }
        context.progress("waiting until \(name) is healthy")
        try await waitUntilHealthy(start, context)
        context.remember(Self.fact, fingerprint)
    }

    /// What a package's unit was before, which comes back.
    func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        guard specification.isPackages else { return [] }
        let state = try await manager.state(of: specification.unit, withLinks: true)
        let before = OwnedThing.settingsBefore(context.owned)
        return UnitSetting.Aspect.allCases.compactMap { aspect in
            let setting = UnitSetting(specification.place, aspect)
            return setting.value(in: state).map {
                .setting(setting.text, aspect.value(specification.isEnabled), before: before[setting.text] ?? $0)
            }
        }
    }

    func wants(_ thing: OwnedThing) -> Bool {
        thing.kind == .setting && specification.isPackages
            && UnitSetting(thing.name)?.place.name == specification.place.name
    }

    // MARK: Looking

    private func bootDifference(
        _ state: UnitState, _ context: StepContext
    ) async throws(StepFailure) -> Difference? {
        let name = "\(specification.unit) at boot"
        guard specification.isEnabled else {
            return state.file == "enabled" ? Difference(name, found: state.file, wanted: "disabled") : nil
        }
        // A unit without [Install] has nothing to enable, and starts by what wants it.
        if isEnabled(state, context) { return nil }
        if let text = try await textToCome(state), text.isStatic { return nil }
        return Difference(name, found: state.file.isEmpty ? "no unit file" : state.file, wanted: "enabled")
    }

    /// What the unit file will say that is not written yet, as before a first run; nil when systemd knows the unit.
    private func textToCome(_ state: UnitState) async throws(StepFailure) -> UnitText? {
        guard state.load == "not-found", !specification.isPackages else { return nil }
        return try await host.unitText(specification).map { UnitText($0) }
    }

    /// It runs, and no timer, socket or path that waits has started it, or would again.
    private func runsNeedlessly(_ state: UnitState) async throws(StepFailure) -> Bool {
        guard !["inactive", "failed"].contains(state.active) else { return false }
        return try await !isTriggered(state)
    }

    /// A timer, socket or path waits to start it.
    private func isTriggered(_ state: UnitState) async throws(StepFailure) -> Bool {
        for other in state.triggeredBy {
            if let unit = try? UnitName(other), try await manager.state(of: unit, withLinks: false).isActive {
                return true
            }
        }
        return false
    }

    /// It runs as its files are now: `fingerprint` is theirs.
    private func isCurrent(
        _ state: UnitState, _ fingerprint: String, _ context: StepContext
    ) async throws(StepFailure) -> Bool {
        guard let last = context.remembered(Self.fact) else {
            // What a package started runs as its files are, until a drop-in changes them.
            return specification.isPackages && specification.dropIns.isEmpty
        }
        guard fingerprint == last else { return false }
        let (files, read) = try await filesRunWith(state)
        return try await onDisk { () throws(SystemCallError) in
            for file in files where try file.difference() != nil { return false }
            for path in files.map(\.path) + read where try state.isOlder(than: path) { return false }
            return true
        }
    }

    /// What it must have been started after, since whoever changed one of these may have restarted it with that: unit files,
    /// and the paths of files that it reads, whose content may not be this user's to see.
    ///
    /// Only a service that stays up runs with its unit file's text all the time.
    private func filesRunWith(_ state: UnitState) async throws(StepFailure) -> (unit: [WantedFile], read: [String]) {
        let dropIns = specification.dropIns.map(\.wanted)
        guard specification.unit.suffix == ".service", !state.endsByItself else { return (dropIns, []) }
        let own = try await host.unitText(specification).map(specification.file)
        return (dropIns + [own].compactMap(\.self), try await host.filesUsed(by: specification))
    }

    /// One that only enables others by `Also=` is `indirect` before and after.
    private func isEnabled(_ state: UnitState, _ context: StepContext) -> Bool {
        if state.file == "indirect" { return context.remembered(Self.enabledFact) == "yes" }
        return ["enabled", "static", "generated", "alias"].contains(state.file)
    }

    /// What a unit that nothing may start is to be.
    private func maskDifferences(_ state: UnitState, _ context: StepContext) -> [Difference] {
        guard ["inactive", "failed"].contains(state.active) else {
            return [Difference(specification.unit.text, found: state.active, wanted: "stopped")]
        }
        context.remember(Self.maskFact, "ours")
        return []
    }

    private func runDifference(_ state: UnitState, _ context: StepContext) async throws(StepFailure) -> Difference? {
        let name = specification.unit.text
        let goal = state.endsByItself ? "run" : "active"
        let fingerprint = try await host.fingerprint(specification, dropIns: state.dropIns)
        let isCurrent = try await isCurrent(state, fingerprint, context)
        switch state.health(of: specification.unit) {
        // systemd has read it anew, which is all there is to it; a restart would end what runs in it.
        case .good where !isCurrent && [".slice", ".target"].contains(specification.unit.suffix): break
        case .good where !isCurrent:
            return Difference(name, found: "started before its files changed", wanted: "restarted")
        // What a package has for some time or event is not run at another.
        case .ended where state.endsByItself && specification.isPackages: break
        case .ended where state.endsByItself && !isCurrent:
            guard try await host.starter(of: specification) == nil else { break }
            let isNew = context.remembered(Self.fact) == nil
            return Difference(name, found: isNew ? "not run yet" : "run before its files changed", wanted: goal)
        // Its conditions did not hold, which was told; systemd itself forgets that.
        case .ended where state.type == "oneshot" && isCurrent && context.remembered(Self.skippedFact) == "yes": break
        case .ended where specification.isPackages && !state.endsByItself:
            // A socket or timer of the package's starts it when it is wanted.
            if try await isTriggered(state) { break }
            return Difference(name, found: state.active, wanted: goal)
        case .ended where !state.endsByItself:
            guard try await host.starter(of: specification) == nil else { break }
            return Difference(name, found: state.active, wanted: goal)
        case .good, .ended: break
        // What starts it did so just now, with the old files perhaps: a later run looks again.
        case .waiting where state.endsByItself:
            guard try await host.starter(of: specification) == nil else { return nil }
            return Difference(name, found: state.active, wanted: goal)
        case .waiting: return Difference(name, found: state.active, wanted: goal)
        case .failed:
            guard let text = try await textToCome(state) else {
                return Difference(name, found: state.active, wanted: goal)
            }
            if try await host.starter(of: specification) != nil { return nil }
            return Difference(name, found: "no unit file", wanted: text.endsByItself ? "run" : goal)
        }
        // What is started when it is time will find its files as they are now.
        context.remember(Self.fact, fingerprint)
        return await health.trouble().map { Difference(name, found: $0.summary, wanted: Self.healthy) }
    }

    // MARK: Starting

    private func begin(_ state: UnitState, isCurrent: Bool) async throws(StepFailure) -> UnitStart {
        if specification.unit.suffix == ".socket" { try await stopServices(of: state) }
        let isRunning = state.active == "activating" && !state.sub.hasPrefix("auto-restart")
        // What is being started is not cut off in it; work that has begun, with the old files perhaps, is done first.
        if isRunning, isCurrent || state.type == "oneshot" {
            let running = try await manager.start(specification.unit)
            if isCurrent { return running }
        }
        let isIdle = ["inactive", "failed"].contains(state.active) || state.endsByItself
        return isIdle ? try await manager.start(specification.unit) : try await manager.restart(specification.unit)
    }

    /// systemd does not open a socket while the service behind it runs.
    private func stopServices(of state: UnitState) async throws(StepFailure) {
        for text in state.triggers {
            guard let service = try? UnitName(text), try await manager.state(of: service, withLinks: false).isActive
            else { continue }
            try await manager.stop(service)
        }
    }

    // MARK: Waiting

    /// As its type asks for, and every address answers well so many times in a row while systemd did not restart it.
    private func waitUntilHealthy(_ start: UnitStart?, _ context: StepContext) async throws(StepFailure) {
        let deadline = ContinuousClock.now + health.patience
        var state: UnitState
        if let start {
            state = start.state
        } else {
            state = try await manager.state(of: specification.unit, withLinks: false)
        }
        var good = 0, pause = health.firstPause
        var trouble = Explanation("it was not looked at", hint: "run again")
        while true {
            let before = state.restarts
            if let obstacle = try await obstacle(state, start, context) {
                trouble = Explanation(obstacle, hint: "systemctl status '\(specification.unit)'")
                good = 0
            } else if let found = await health.trouble() {
                trouble = found
                good = 0
            } else {
                good += 1
                if good >= looks(state) { return }
            }
            guard ContinuousClock.now < deadline else { break }
            do { try await Task.sleep(for: good == 0 ? pause : health.interval) } catch { break }
            pause = min(pause * 2, health.interval)
            // systemd may forget how a unit ended that does its work and ends.
            if !(state.endsByItself && state.active == "inactive") {
                state = try await manager.state(of: specification.unit, withLinks: false)
            }
            if state.restarts != before { good = 0 }
        }
        let words = Explanation(
            "is not healthy: \(trouble.summary)", hint: "\(trouble.hint); journalctl -u '\(specification.unit)' -n 50")
        throw await host.failure(specification.place, words, state, start, context)
    }

    /// What is still missing; nil when it does what it is there for.
    private func obstacle(
        _ state: UnitState, _ start: UnitStart?, _ context: StepContext
    ) async throws(StepFailure) -> String? {
        switch state.health(of: specification.unit) {
        case .good: return nil
        case .waiting(let words): return words
        case .failed(let failure): throw await host.failure(failure, in: specification.scope, state, start, context)
        case .ended:
            let hasBegun = start?.hasBegun ?? true
            let idleness = state.idleness(of: specification.unit, hasBegun: hasBegun)
            if state.type == "oneshot", state.isSkipped {
                context.warn(idleness.explanation.summary)
                context.remember(Self.skippedFact, "yes")
                return nil
            }
            if state.endsByItself && hasBegun { return nil }
            if try await host.starter(of: specification) != nil { return nil }
            throw await host.failure(idleness, in: specification.scope, state, start, context)
        }
    }

    /// How often in a row it must be good: what only waits, has ended or was passed over is as good as it gets at once.
    private func looks(_ state: UnitState) -> Int {
        if state.type == "oneshot", state.isSkipped { return 1 }
        return specification.health == nil && (state.endsByItself || specification.unit.suffix != ".service")
            ? 1 : health.goodInARow
    }
}
