import Privileged
import Digests
public import Engine
public import HostConfig
public import Platform

/// One run of `apply`, from preflight to the last step.
public struct Provisioning: Sendable {
    /// What the command line asks for.
    public struct Options: Sendable {
        /// Run one step at a time even if the config does not ask for it.
        public var serial = false
        /// Run these steps only; all when empty.
        public var only: [StepID] = []
        /// Leave these steps out.
        public var skip: [StepID] = []
        /// What was planned; when anything else would be changed now, nothing is.
        public var planned: [PlannedStep]?
        /// What to roll back; the other steps are left alone then.
        public var rollback: Rollback?
        /// Masks and drop-ins that others gave the config's units are taken away.
        public var takesOver = false
        /// Versions that were rolled back from are taken again.
        public var retriesVersions = false
        /// Every installed file is read, whatever its times say.
        public var readsEverything = false
        /// How long to wait for another run to end.
        public var lockPatience: Duration = .zero

        /// Makes options that ask for nothing special.
        public init() {}
    }

    let configuration: HostConfiguration
    let options: Options
    let log: EventLog
    let agentVersion: String
    private let hooks: Hooks

    /// What happens outside of the steps.
    public struct Hooks: Sendable {
        /// Called once, when the command has turned out to be a run, so that somebody is told of it.
        ///
        /// It takes the layout when the host is this run's alone and its log folder is there, and answers what cannot be
        /// told, and why.
        public let onBegin: @Sendable (HostLayout?) async -> [Shortcoming]
        /// Called when the host is this run's alone, before the steps look at it: the place to go on as another agent.
        ///
        /// It takes the lock's open file, and answers why it does not, when one is asked for.
        public let onHeld: @Sendable (HostLayout, _ lock: Int32) async -> Explanation?
        /// Tells who is waited for, before the command is a run.
        public let onWait: @Sendable (RunLock.Holder) -> Void

        /// The exit code that an ending leads to, for whoever follows the run from elsewhere.
        public let exitCode: @Sendable (Ending) -> Int32

        /// Makes hooks from their parts.
        public init(
            onBegin: @escaping @Sendable (HostLayout?) async -> [Shortcoming],
            onHeld: @escaping @Sendable (HostLayout, _ lock: Int32) async -> Explanation? = { _, _ in nil },
            onWait: @escaping @Sendable (RunLock.Holder) -> Void,
            exitCode: @escaping @Sendable (Ending) -> Int32
        ) {
            self.onHeld = onHeld
            self.onBegin = onBegin
            self.onWait = onWait
            self.exitCode = exitCode
        }
    }

    /// Takes a valid config, and a log without sinks: they belong to a run, and are attached when it begins.
    public init(
        _ configuration: HostConfiguration, _ options: Options, log: EventLog, agentVersion: String, hooks: Hooks
    ) {
        var configuration = configuration
        if options.serial { configuration.parallel = false }
        self.configuration = configuration
        self.options = options
        self.log = log
        self.agentVersion = agentVersion
        self.hooks = hooks
    }

    /// Runs to the end; cancelling the task stops it in order.
    public func run() async -> Ending {
        log.emit(.runStarted) { $0.message = "config sha256:\(configuration.digest.hex)" }
        let ending: Ending
        do throws(Refusal) { ending = try await attempt() } catch { ending = .refused(error) }
        if options.rollback == nil, !isPart { await pardonTrial(ending) }
        if case .refused = ending { return ending }
        log.emit(.runFinished) { event in
            event.tell(ending)
            event.exitCode = hooks.exitCode(ending)
        }
        return ending
    }

    private func look(_ agentTrouble: Explanation? = nil) async throws(StepFailure) -> Host {
        var inspection = InspectionOptions()
        inspection.agentTrouble = agentTrouble
        inspection.readsEverything = options.readsEverything
        inspection.remembers = true
        return try await Host.look(
            configuration, takeOver: options.takesOver, retryVersions: options.retriesVersions, inspection)
    }

    private func attempt() async throws(Refusal) -> Ending {
        let layout = HostLayout(configuration)
        if let host = try? await look() { _ = try selection(host) }
        return try await checkAndRun(layout, lock: try await earlyLock(layout))
    }

    /// A run that is under way is told before anything is looked at, and before anything is made; what a plan is compared
    /// with is this run's alone as soon as there is a place for the lock.
    private func earlyLock(_ layout: HostLayout) async throws(Refusal) -> RunLock? {
        if RunLock.isHeld(layout.lock) { return try await acquire(layout) }
        guard options.planned != nil, ((try? FileStatus.of(layout.bootstrap)) ?? nil) != nil else { return nil }
        do throws(Refusal) { return try await acquire(layout) } catch {
            // Preflight has the better words for a host that this user may not change.
            if case .lock(.unusable, _) = error { return nil }
            throw error
        }
    }

    private func checkAndRun(_ layout: HostLayout, lock: consuming RunLock?) async throws(Refusal) -> Ending {
        var wayToRoot: String?
        if let rollback = options.rollback {
            do throws(StepFailure) { try await rollback.check(await look()) } catch {
                throw .rollback(error)
            }
        } else {
            let checks = await Preflight(configuration).run()
            if let ending = try await judge(checks, layout) { return ending }
            wayToRoot = checks.first { $0.id == PreflightCheck.rootID }?.evidence
        }
        do throws(SystemCallError) { try await makeFirstFolders(layout) } catch {
            _ = await begin(nil)
            return await failed(error.explanation, layout)
        }
        let held: RunLock
        if let lock { held = lock } else { held = try await acquire(layout) }
        let trouble = options.rollback == nil ? await hooks.onHeld(layout, held.descriptor) : nil
        let ending = try await runSteps(layout, wayToRoot, agentTrouble: trouble)
        _ = consume held
        return ending
    }

    /// An agent that is tried is to blame for what became of its steps, and for nothing that kept it from them; and for that
    /// not either if the run fails by the one that went on in its place, too.
    private func pardonTrial(_ ending: Ending) async {
        let layout = HostLayout(configuration)
        await onOwnThread { () throws(Never) in
            let place = AgentPlace(layout)
            guard let trial = (try? place.trial()) ?? nil, let running = try? FileDigest.ofRunningProgram() else {
                return
            }
            if ending.pardons(trialByThis: running.hex == trial.digest) { try? place.pardon(trial) }
        }
    }

    /// Of preflight, which a roll-back does without, since it must work on a host that is in trouble; nil when all is well.
    private func judge(_ checks: [CheckResult], _ layout: HostLayout) async throws(Refusal) -> Ending? {
        // What was broken off has seen nothing.
        if Task.isCancelled { throw .stopped }
        let passed = checks.allSatisfy(\.passed)
        log.emit(.preflight) { event in
            event.phase = .preflight
            event.status = passed ? "done" : "failed"
            event.checks = checks
        }
        guard passed else {
            _ = await begin(nil)
            return .preflightFailed(checks)
        }
        // Before the first folder is made, which a plan for a new host has among its changes.
        guard let planned = options.planned else { return nil }
        let moved = await differences(from: planned, layout)
        if !moved.isEmpty { throw .moved(moved) }
        return nil
    }

    /// In what a plan is no longer what would be done.
    private func differences(from planned: [PlannedStep], _ layout: HostLayout) async -> [String] {
        do {
            let facts = try await onOwnThread { () throws(ReceiptError) in try layout.readReceipt() }?
                .facts
            let host = try await look()
            let now = await Planner(try selection(host).graph, facts: facts ?? [:]).plan()
            await host.helper.close()
            let steps = Set(now.map(\.step))
            return PlannedStep.differences(
                planned: isPart ? planned.filter { steps.contains($0.step) } : planned, now: now)
        } catch let error as any Explained {
            return [error.explanation.summary]
        } catch {
            return ["\(error)"]
        }
    }

    /// A part of the steps was asked for.
    private var isPart: Bool { !options.only.isEmpty || !options.skip.isEmpty }

    private func acquire(_ layout: HostLayout) async throws(Refusal) -> RunLock {
        do throws(RunLockError) {
            return try await RunLock.acquire(
                layout.lock, wait: options.lockPatience, runID: log.run.runID, onWait: hooks.onWait)
        } catch {
            throw .lock(error, root: layout.root)
        }
    }

    /// The lock, the log and the receipt need their folders before the first step.
    private func makeFirstFolders(_ layout: HostLayout) async throws(SystemCallError) {
        try await onOwnThread { () throws(SystemCallError) in
            for folder in layout.folders where [layout.root, layout.bootstrap, layout.logs].contains(folder.path) {
                let status = try FileStatus.of(folder.path, followingLink: true)
                if let status, status.kind != .folder, folder.path != layout.root { try Files.moveAside(folder.path) }
                try Folders.make(folder.path, mode: folder.mode)
            }
        }
    }

    private func runSteps(
        _ layout: HostLayout, _ wayToRoot: String?, agentTrouble: Explanation?
    ) async throws(Refusal) -> Ending {
        let host: Host
        do throws(StepFailure) { host = try await look(agentTrouble) } catch {
            _ = await begin(layout)
            return await failed(error.explanation, layout)
        }
        let selection = try selection(host)
        let choice = try await choice(host)
        let untold = await begin(layout)
        for note in selection.notes { tell(note) }
        if let choice {
            log.emit(.stepProgress, step: BundleLinks.name) { $0.message = choice.words }
            do throws(StepFailure) { try await choice.pin(host) } catch {
                await host.helper.close()
                return await failed(error.explanation, layout)
            }
        }
        await cleanUp { Leftovers.remove(host) }
        let receipt = await openReceipt(layout, wayToRoot: wayToRoot), clock = ProcessorClock()
        var report = await run(selection.graph, on: host, receipt)
        if choice == nil { report = await withoutUnhealthyVersions(report, selection.graph, host, receipt) }
        report.shortcomings += untold
        if choice == nil, !selection.leftOut.isEmpty { report.shortcomings.append(.notLookedAt(selection.leftOut)) }
        if isWhole(selection), report.succeeded, !report.lacks(anyOf: selection.graph.steps.filter(\.isOptional)) {
            await cleanUp { Leftovers.removeDownloads(layout) }
        }
        await host.helper.close()
        if let words = host.helper.confinement { tell("root's helper was confined by: \(words)") }
        // The helper, and what apt started, count once they have ended.
        await close(receipt, &report, layout, pruned: isWhole(selection) ? selection.graph : nil, since: clock)
        report.criticalPath = CriticalPath(receipt.current.lastRun).parts
        return .ran(report, claim: choice?.claim ?? report.claim(selection))
    }

    private func cleanUp(_ remove: @escaping @Sendable () -> [SystemCallError]) async {
        for trouble in await onOwnThread({ () throws(Never) in remove() }) {
            let words = trouble.explanation
            tell("warning: what killed runs left is not cleaned up: \(words.summary); \(words.hint)")
        }
    }

    /// All that the config asks for is looked at.
    private func isWhole(_ selection: GraphSelection) -> Bool { options.rollback == nil && selection.leftOut.isEmpty }

    /// A run that ends before its first step; the marker is only there while the last run ended well.
    private func failed(_ reason: Explanation, _ layout: HostLayout) async -> Ending {
        await Self.removeMarker(layout)
        return .failed(reason)
    }

    /// From here on it is a run.
    private func begin(_ layout: HostLayout?) async -> [Shortcoming] {
        let untold = await hooks.onBegin(layout)
        for shortcoming in untold { tell(shortcoming) }
        return untold
    }

    func tell(_ shortcoming: Shortcoming) {
        tell("warning: \(shortcoming.what): \(shortcoming.error); \(shortcoming.hint)")
    }

    func tell(_ words: String) { log.emit(.preflight) { $0.message = words } }

    private func choice(_ host: Host) async throws(Refusal) -> RollbackChoice? {
        guard let rollback = options.rollback else { return nil }
        do throws(StepFailure) { return try await rollback.choose(host) } catch { throw .rollback(error) }
    }

    private func run(_ graph: Graph, on host: Host, _ receipt: ReceiptStore) async -> RunReport {
        await runner(graph, host, receipt).run()
    }

    func runner(_ graph: Graph, _ host: Host, _ receipt: ReceiptStore, from percent: Int = 0) -> Runner {
        let configuration = configuration
        let settings = Runner.Settings(
            parallel: configuration.parallel,
            limit: { configuration.stepTimeouts[$0.name] ?? configuration.stepTimeout }, percent: percent,
            // The host is not "ready" while it is being changed.
            beforeFirstChange: { await Self.removeMarker(host.layout) })
        return Runner(graph, settings, log: log, receipt: receipt)
    }

    /// What a switch of versions needs, and nothing else.
    static func switching(_ graph: Graph) -> Graph {
        graph.part {
            $0.id == BundleLinks.name || $0 is Capabilities || $0 is HubSecretCopies || $0 is HostFiles
                || $0 is Requirements
                || $0.phase == .services
                || $0 is BundleVersions
        }
    }

    private func selection(_ host: Host) throws(Refusal) -> GraphSelection {
        do throws(GraphError) {
            let graph = try Steps.graph(for: host)
            guard options.rollback != nil else { return try graph.selecting(only: options.only, skip: options.skip) }
            return GraphSelection(graph: Self.switching(graph), leftOut: [], notes: [])
        } catch {
            throw .selection(error)
        }
    }
}
