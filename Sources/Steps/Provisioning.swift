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
        /// How long to wait for another run to end.
        public var lockPatience: Duration = .zero

        /// Makes options that ask for nothing special.
        public init() {}
    }

    /// How a run ended.
    public enum Ending: Sendable {
        /// It ran; the report tells how each step ended.
        case ran(RunReport)
        /// `--only` or `--skip` name a step that there is not; nothing was touched.
        case unknownStep(GraphError)
        /// These were the checks; nothing was touched.
        case preflightFailed([CheckResult])
        /// The host is not as it was when the plan was made, for these reasons; nothing was touched.
        case moved([String])
        /// Another run holds the lock; nothing was touched.
        case locked(RunLockError)
        /// It could not begin.
        case failed(Explanation)
    }

    private let configuration: HostConfiguration
    private let options: Options
    private let log: EventLog
    private let agentVersion: String
    private let onLocked: @Sendable (HostLayout) async -> Void

    /// Takes a valid config; `onLocked` is called once the host is this run's alone and its log folder is there.
    public init(
        _ configuration: HostConfiguration, _ options: Options, log: EventLog, agentVersion: String,
        onLocked: @escaping @Sendable (HostLayout) async -> Void
    ) {
        self.configuration = configuration
        self.options = options
        self.log = log
        self.agentVersion = agentVersion
        self.onLocked = onLocked
    }

    /// Runs to the end; cancelling the task stops it in order.
    public func run() async -> Ending {
        log.emit(.runStarted) { $0.message = "config sha256:\(configuration.digest.hex)" }
        let ending = await attempt()
        log.emit(.runFinished) { $0.tell(ending) }
        return ending
    }

    private func attempt() async -> Ending {
        let layout = HostLayout(root: configuration.bootstrapRoot, bootstrap: configuration.bootstrapDirectory)
        if let host = try? await Host.look(configuration, takeOver: options.takesOver) {
            do throws(GraphError) { _ = try selection(host) } catch { return .unknownStep(error) }
        }
        do throws(RunLockError) {
            // A run that is under way is told before anything is looked at, and before anything is made.
            if RunLock.currentHolder(layout.lock) != nil {
                let lock = try await acquire(layout)
                return try await checkAndRun(layout, lock: lock)
            }
            return try await checkAndRun(layout, lock: nil)
        } catch {
            return .locked(error)
        }
    }

    private func checkAndRun(
        _ layout: HostLayout, lock: consuming RunLock?
    ) async throws(RunLockError) -> Ending {
        // A roll-back must work on a host that is in trouble.
        let checks = options.rollback == nil ? await Preflight(configuration).run() : []
        let passed = checks.allSatisfy(\.passed)
        log.emit(.preflight) { event in
            event.phase = .preflight
            event.status = passed ? "done" : "failed"
            event.checks = checks
        }
        guard passed else { return .preflightFailed(checks) }
        // Before the first folder is made, which a plan for a new host has among its changes.
        if let planned = options.planned {
            let moved = await differences(from: planned, layout)
            guard moved.isEmpty else { return .moved(moved) }
        }
        do throws(SystemCallError) { try await makeFirstFolders(layout) } catch { return .failed(error.explanation) }
        let held: RunLock
        if let lock { held = lock } else { held = try await acquire(layout) }
        let ending = await runSteps(layout)
        _ = consume held
        return ending
    }

    /// In what a plan is no longer what would be done.
    private func differences(from planned: [PlannedStep], _ layout: HostLayout) async -> [String] {
        do {
            let facts = try await onOwnThread { () throws(ReceiptError) in try ReceiptStore.read(layout.receipt) }?
                .facts
            let host = try await Host.look(configuration, takeOver: options.takesOver)
            let now = await Planner(try selection(host), facts: facts ?? [:]).plan()
            await host.helper.close()
            return PlannedStep.differences(planned: planned, now: now)
        } catch let error as any Explained {
            return [error.explanation.summary]
        } catch {
            return ["\(error)"]
        }
    }

    private func acquire(_ layout: HostLayout) async throws(RunLockError) -> RunLock {
        try await RunLock.acquire(layout.lock, wait: options.lockPatience, runID: log.run.runID) { holder in
            log.emit(.preflight) { $0.message = "waiting for \(holder)" }
        }
    }

    /// The lock, the log and the receipt need their folders before the first step.
    private func makeFirstFolders(_ layout: HostLayout) async throws(SystemCallError) {
        try await onOwnThread { () throws(SystemCallError) in
            for folder in layout.folders where [layout.root, layout.bootstrap, layout.logs].contains(folder.path) {
                try Folders.make(folder.path, mode: folder.mode)
            }
        }
    }

    private func runSteps(_ layout: HostLayout) async -> Ending {
        await onLocked(layout)
        let host: Host
        let graph: Graph
        do {
            host = try await Host.look(configuration, takeOver: options.takesOver)
            if let rollback = options.rollback {
                let words = try await rollback.prepare(host)
                log.emit(.stepProgress, step: BundleLinks.name) { $0.message = words }
            }
            graph = try selection(host)
        } catch let error as any Explained {
            return .failed(error.explanation)
        } catch {
            return .failed(Explanation("\(error)", hint: "run again with --verbose"))
        }
        await onOwnThread { () throws(Never) in try? Leftovers.remove(host) }
        let receipt = await openReceipt(layout)
        let report = await run(graph, on: host, receipt)
        await host.helper.close()
        await close(receipt, report, layout)
        return .ran(report)
    }

    private func run(_ graph: Graph, on host: Host, _ receipt: ReceiptStore) async -> RunReport {
        let configuration = configuration
        let settings = Runner.Settings(
            parallel: configuration.parallel && !options.serial,
            limit: { configuration.stepTimeouts[$0.name] ?? configuration.stepTimeout },
            // The host is not "ready" while it is being changed.
            beforeFirstChange: { await Self.removeMarker(host.layout) })
        return await Runner(graph, settings, log: log, receipt: receipt).run()
    }

    private func selection(_ host: Host) throws(GraphError) -> Graph {
        let graph = try Steps.graph(for: host)
        guard options.rollback != nil else { return try graph.selecting(only: options.only, skip: options.skip) }
        let switching = graph.steps.filter {
            $0.id == BundleLinks.name || $0 is Requirements || $0.phase == .services || $0 is BundleVersions
        }
        return try graph.selecting(only: switching.map(\.id), skip: [])
    }

    // MARK: Receipt

    private func openReceipt(_ layout: HostLayout) async -> ReceiptStore {
        let fresh = Receipt(
            run: log.run, configDigest: configuration.digest.hex, agentVersion: agentVersion,
            parallel: configuration.parallel && !options.serial)
        let path = layout.receipt
        let log = log
        let previous = await onOwnThread { () throws(Never) -> Receipt? in
            do throws(ReceiptError) { return try ReceiptStore.read(path) } catch {
                // Every step looks at the host itself, so a lost receipt costs a restart of the services at most.
                try? Files.rename(path, to: "\(path).unreadable")
                log.emit(.preflight) { $0.message = "\(error.explanation.summary); moved to \(path).unreadable" }
                return nil
            }
        }
        return ReceiptStore(path: path, run: fresh, previous: previous)
    }

    private func close(_ receipt: ReceiptStore, _ report: RunReport, _ layout: HostLayout) async {
        if !report.succeeded { await Self.removeMarker(layout) }
        let stopped = Task.isCancelled
        do throws(SystemCallError) {
            try await receipt.record { receipt in
                receipt.finishedAt = .now()
                receipt.status = report.succeeded ? .done : stopped ? .stopped : .failed
            }
        } catch {
            log.emit(.stepProgress, step: "finish") { $0.message = error.explanation.summary }
        }
    }

    private static func removeMarker(_ layout: HostLayout) async {
        await onOwnThread { () throws(Never) in
            guard (try? FileStatus.of(layout.doneMarker)) ?? nil != nil else { return }
            try? Files.remove(layout.doneMarker)
            try? Files.synchronizeFolder(Files.folder(of: layout.doneMarker))
        }
    }
}

extension Event {
    fileprivate mutating func tell(_ ending: Provisioning.Ending) {
        switch ending {
        case .ran(let report):
            status = report.succeeded ? "done" : "failed"
            durationMilliseconds = report.duration.milliseconds
            changed = !report.changed.isEmpty
            percent = report.succeeded ? 100 : nil
            message = Self.sentence(report)
        case .preflightFailed(let checks):
            status = "failed"
            let failed = checks.filter { !$0.passed }.map(\.id).joined(separator: ", ")
            message = "preflight failed (\(failed)); nothing was touched"
        case .moved(let reasons):
            status = "failed"
            message = "the host has changed since the plan was made (\(reasons.count) differences); nothing was touched"
        case .unknownStep(let error): fail(error.explanation)
        case .locked(let error): fail(error.explanation)
        case .failed(let explanation): fail(explanation)
        }
    }

    private mutating func fail(_ explanation: Explanation) {
        status = "failed"
        message = explanation.summary
        error = explanation.problem
        place = explanation.place
        hint = explanation.hint
    }

    private static func sentence(_ report: RunReport) -> String {
        let seconds = "\(report.duration.milliseconds / 1000).\(report.duration.milliseconds % 1000 / 100) s"
        if report.succeeded {
            let right = report.steps.count - report.changed.count
            return
                "the host matches the config: \(report.changed.count) steps changed it, \(right) found it right, \(seconds)"
        }
        let failed = report.failures.map(\.id.name).joined(separator: ", ")
        return "failed: \(failed.isEmpty ? "stopped" : failed), after \(seconds)"
    }
}
