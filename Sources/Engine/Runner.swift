public import Platform

/// Runs a graph: everything that is ready at once, or one step at a time in the fixed order.
public struct Runner: Sendable {
    /// What the runner is told about one run.
    public struct Settings: Sendable {
        /// Run all steps that are ready at once.
        public let parallel: Bool
        /// How long a step may take.
        public let limit: @Sendable (StepID) -> Duration
        /// How far the run is already when these steps begin.
        public let percent: Int
        /// Called once, before the first step changes anything.
        public let beforeFirstChange: @Sendable () async -> Void

        /// Makes settings from their parts.
        public init(
            parallel: Bool, limit: @escaping @Sendable (StepID) -> Duration, percent: Int = 0,
            beforeFirstChange: @escaping @Sendable () async -> Void = {}
        ) {
            self.parallel = parallel
            self.limit = limit
            self.percent = percent
            self.beforeFirstChange = beforeFirstChange
        }
    }

    private let graph: Graph
    private let settings: Settings
    private let log: EventLog
    private let receipt: ReceiptStore
    private let firstChange: Once

    /// Makes a runner for one run.
    public init(_ graph: Graph, _ settings: Settings, log: EventLog, receipt: ReceiptStore) {
        self.graph = graph
        self.settings = settings
        self.log = log
        self.receipt = receipt
        firstChange = Once(settings.beforeFirstChange)
    }

    /// Runs to the end.
    ///
    /// A failure lets running steps finish and starts nothing that depends on it; cancelling the task stops running
    /// steps in order and starts nothing more.
    public func run() async -> RunReport {
        let begin = ContinuousClock.now
        let steps = Dictionary(uniqueKeysWithValues: graph.steps.map { ($0.id, $0) })
        var reports: [StepID: StepReport] = [:]
        var schedule = Schedule(graph, width: settings.parallel ? .max : 1)
        await withTaskGroup(of: StepReport.self) { group in
            while true {
                if Task.isCancelled { schedule.stop() }
                for action in schedule.next() {
                    switch action {
                    case .start(let id):
                        guard let step = steps[id] else { continue }
                        group.addTask { await perform(step) }
                    case .skip(let id, let need):
                        reports[id] = await skip(id, because: need)
                    }
                }
                guard let report = await group.next() else { return }
                reports[report.id] = report
                schedule.finished(report.id, report.verdict)
                let percent = min(99, max(settings.percent, reports.count * 100 / graph.steps.count))
                announce(report, percent: percent)
            }
        }
        return RunReport(
            steps: graph.steps.compactMap { reports[$0.id] }, duration: ContinuousClock.now - begin,
            wasStopped: Task.isCancelled)
    }

    private func skip(_ id: StepID, because need: StepID?) async -> StepReport {
        let reason = need.map { "needs \($0), which did not end well" } ?? "the run was stopped"
        log.emit(.stepSkipped, step: id) { $0.message = reason }
        let now = Timestamp.now()
        receipt.note { receipt in
            receipt.steps[id.name, default: blank(now)].status = .skipped
            receipt.steps[id.name]?.runID = receipt.runID
        }
        return StepReport(id: id, outcome: .skipped(reason), startedAt: now, duration: .zero)
    }

    /// Tells of a step anew whose failure was only understood at the run's end, and writes that down.
    public func correct(_ report: StepReport) async throws(SystemCallError) {
        guard case .failed(let failure) = report.outcome else { return }
        announce(report, percent: nil)
        try await receipt.record { $0.steps[report.id.name]?.fail(failure) }
    }

    // MARK: One step

    private func perform(_ step: any Step) async -> StepReport {
        let began = ContinuousClock.now
        let startedAt = Timestamp.now()
        let entry = receipt.current.steps[step.id.name]
        let context = StepContext(step: step.id, after: entry, log: log)
        log.emit(.stepStarted, step: step.id) { $0.phase = step.phase }
        let limit = settings.limit(step.id)
        var outcome = await withLimit(limit) { await lookActLook(step, context, startedAt) }
        let duration = ContinuousClock.now - began
        let written = await writeResult(step, outcome, context, startedAt, duration)
        if case .failure(let failure) = written {
            switch outcome {
            case .changed, .degraded: outcome = .failed(failure)
            case .satisfied, .failed, .skipped: break
            }
        }
        return StepReport(
            id: step.id, outcome: outcome, startedAt: startedAt, duration: duration, command: context.lastCommand,
            journal: context.journal, acted: context.hasActed)
    }

    private func lookActLook(_ step: any Step, _ context: StepContext, _ startedAt: Timestamp) async -> Outcome {
        do throws(StepFailure) {
            let found = try await step.inspect(context)
            if !found.isEmpty || !context.ownsAll { context.owns(try await step.ownedThings(context)) }
            if found.isEmpty { return context.shortcoming.map { .degraded($0.reason, changed: []) } ?? .satisfied }
            if !step.isOptional { await firstChange.run() }
            try await writeIntent(step, found, context, startedAt)
            context.acts()
            try await step.apply(found, context)
            let left = try await step.inspect(context)
            let shortcoming = context.shortcoming
            guard let first = left.first(where: { shortcoming?.what.contains($0.what) != true }) else {
                guard let shortcoming else { return .changed(found) }
                return .degraded(shortcoming.reason, changed: found.filter { !left.contains($0) })
            }
            return .failed(
                StepFailure(
                    .failed,
                    Explanation(
                        "still differs after it was applied: \(first)", at: step.id.name,
                        hint:
                            "see in logs/bootstrap.log what the step did, and look for what else changes \(first.what)")
                ))
        } catch {
            return .failed(error)
        }
    }

    /// Cancels the body when its time is up, and waits for it to end in order.
    private func withLimit(_ limit: Duration, _ body: @escaping @Sendable () async -> Outcome) async -> Outcome {
        let (outcome, inTime) = await withTimeLimit(limit, body)
        if inTime || Task.isCancelled { return labelled(outcome, stopped: Task.isCancelled) }
        // What ended well in the last moment ended well.
        if case .failed = outcome { return .failed(.late(limit)) }
        return outcome
    }

    private func labelled(_ outcome: Outcome, stopped: Bool) -> Outcome {
        guard stopped, case .failed(let failure) = outcome, failure.kind != .cancelled else { return outcome }
        // It broke off because it was told to: the remedy for what it broke off with would mislead.
        let reason = failure.explanation
        return .failed(
            StepFailure(
                .cancelled,
                Explanation(
                    "stopped: \(reason.problem)", at: reason.place, hint: "run again: what is done already is kept")))
    }

    // MARK: Receipt

    private func writeIntent(
        _ step: any Step, _ found: [Difference], _ context: StepContext, _ at: Timestamp
    ) async throws(StepFailure) {
        do throws(SystemCallError) {
            try await receipt.record { receipt in
                var entry = receipt.steps[step.id.name] ?? blank(at)
                entry.runID = receipt.runID
                entry.status = .running
                entry.needs = graph.needs(of: step).sorted()
                entry.startedAt = at
                entry.durationMilliseconds = nil
                entry.differences = found
                entry.owned = context.ownedThings
                entry.facts.merge(context.kept) { $1 }
                receipt.steps[step.id.name] = entry
            }
        } catch {
            throw StepFailure(error)
        }
    }

    private func writeResult(
        _ step: any Step, _ outcome: Outcome, _ context: StepContext, _ at: Timestamp, _ duration: Duration
    ) async -> Result<Void, StepFailure> {
        let needs = graph.needs(of: step).sorted()
        let change = { @Sendable (receipt: inout Receipt) in
            var entry = receipt.steps[step.id.name] ?? blank(at)
            entry.runID = receipt.runID
            entry.needs = needs
            entry.startedAt = at
            entry.durationMilliseconds = duration.milliseconds
            entry.take(outcome, remembered: context.remembered)
            if outcome.isGood, !entry.differences.isEmpty {
                entry.lastWork = Receipt.Work(entry.differences, milliseconds: duration.milliseconds)
            }
            entry.owned = outcome.isGood ? context.ownedThings?.map(\.settled) : context.ownedThings
            entry.warnings = context.warnings.isEmpty ? nil : context.warnings.map { RevealedSecrets.hidden(in: $0) }
            receipt.steps[step.id.name] = entry
        }
        // A step that changed nothing needs no write of its own: its entry reaches the disk with the run's end.
        if case .satisfied = outcome {
            receipt.note(change)
            return .success(())
        }
        do throws(SystemCallError) {
            try await receipt.record(change)
            return .success(())
        } catch {
            return .failure(StepFailure(error))
        }
    }

    private func blank(_ at: Timestamp) -> Receipt.Entry {
        Receipt.Entry(runID: "", status: .running, needs: [], startedAt: at, differences: [], facts: [:])
    }

    // MARK: Events

    private func announce(_ report: StepReport, percent: Int?) {
        // Redacted before it is cut: of a secret cut in two, the rest would be shown.
        let output = report.command.map { RevealedSecrets.hidden(in: $0.output) }
        let errors = (report.journal ?? report.command?.errors).map { RevealedSecrets.hidden(in: $0) }
        log.emit(report.eventKind, step: report.id) { event in
            event.percent = percent
            event.durationMilliseconds = report.duration.milliseconds
            event.changed = false
            switch report.outcome {
            case .satisfied: event.changed = false
            case .changed(let differences):
                event.changed = true
                event.differences = differences
            case .degraded(let reason, let differences):
                event.status = Receipt.Status.degraded.rawValue
                event.changed = !differences.isEmpty
                event.differences = differences
                event.explain(reason)
            case .failed(let failure):
                if failure.kind == .cancelled { event.status = Receipt.Status.stopped.rawValue }
                // What it did before it failed is not undone.
                event.changed = report.acted
                event.explain(failure.explanation)
            case .skipped(let reason): event.message = reason
            }
            event.exitCode = report.command?.exitCode
            event.stdout = output.map { String($0.suffix(4096)) }
            event.stderr = errors.map { String($0.suffix(4096)) }
        }
    }
}

extension StepFailure {
    static func late(_ limit: Duration) -> StepFailure {
        StepFailure(
            .timedOut,
            Explanation(
                "did not end within \(limit.milliseconds / 1000) s; its processes were stopped",
                hint: "look at what it last printed; give it longer with \"timeouts\" in the config, then run again"))
    }
}

extension Receipt.Entry {
    fileprivate mutating func take(_ outcome: Outcome, remembered: [String: String]) {
        error = nil
        hint = nil
        switch outcome {
        case .satisfied:
            status = .satisfied
            differences = []
            facts = remembered
        case .changed(let found):
            status = .changed
            differences = found
            facts = remembered
        case .degraded(let reason, let changes):
            status = .degraded
            differences = changes
            facts = remembered
            explain(reason)
        case .failed(let failure): fail(failure)
        case .skipped: status = .skipped
        }
    }

    fileprivate mutating func fail(_ failure: StepFailure) {
        status = failure.kind == .cancelled ? .stopped : .failed
        explain(failure.explanation)
    }

    private mutating func explain(_ reason: Explanation) {
        error = RevealedSecrets.hidden(in: reason.summary)
        hint = RevealedSecrets.hidden(in: reason.hint)
    }
}

extension StepReport {
    fileprivate var verdict: Schedule.Verdict {
        switch outcome {
        case .satisfied, .changed, .degraded: .good
        case .failed: .failed
        case .skipped: .skipped
        }
    }

    fileprivate var eventKind: Event.Kind {
        switch outcome {
        case .satisfied: .stepSatisfied
        case .changed, .degraded: .stepFinished
        case .failed: .stepFailed
        case .skipped: .stepSkipped
        }
    }
}
