import Engine
import HostConfig
import Platform
import Reporting
import Steps
import Synchronization
import Systemd

/// `host-bootstrap apply`, make the host match, and `rollback`, which does so for a version that is installed.
struct Apply {
    /// Runs it, or has a unit run it that `--detach` asks for; `record` is the one of a run that is detached, and `request`
    /// what it was taken from.
    static func run(
        _ options: CommandLineOptions, record: RunRecord? = nil, request: DetachedPlace.Request? = nil
    ) async throws(UsageError) -> ExitCode {
        let settings = try await provisioningOptions(options)
        let display = try Display(options)
        if record == nil, options.has("--detach") { return try await Detach.run(options, settings).code }
        let configuration: HostConfiguration
        switch try await ConfigFile.load(options) {
        case .good(let loaded): configuration = loaded
        case .refused(let code): return code
        }
        let apply = Apply(
            configuration: configuration, settings: settings, display: display, record: record, options: options,
            request: request)
        return await apply.run()
    }

    let configuration: HostConfiguration
    let settings: Provisioning.Options
    let display: Display
    let record: RunRecord?
    let options: CommandLineOptions
    let request: DetachedPlace.Request?

    private func run() async -> ExitCode {
        let log = EventLog(run: RunIdentity(hostID: configuration.hostID), sinks: [])
        let caught = CaughtSignal()
        let hooks = Provisioning.Hooks(
            onBegin: { layout in await attachSinks(to: log, layout) },
            onHeld: { layout, lock in await goOnAsNamedAgent(layout, lock) },
            onWait: { Output.diagnose("waiting for \($0)") },
            exitCode: { ExitCode($0, signal: caught.number).rawValue })
        let provisioning = Provisioning(configuration, settings, log: log, agentVersion: Version.number, hooks: hooks)
        let (ending, signal) = await untilSignalled(caught) { await provisioning.run() }
        await log.finish()
        if case .refused(let refusal) = ending { Output.explain(refusal.explanation) } else { await tellWhatWaits() }
        if ending.asksForReboot, signal == nil {
            return await RunAfterReboot(configuration: configuration).reboot()
        }
        return ExitCode(ending, signal: signal)
    }

    /// Goes on as the agent that the config names, in this very process and under its lock; the answer is why not, when
    /// another one is named.
    private func goOnAsNamedAgent(_ layout: HostLayout, _ lock: Int32) async -> Explanation? {
        let update = AgentUpdate(configuration, layout, triesAgain: settings.retriesVersions)
        guard let update, let config = options.last("--config") else { return nil }
        let isWhole = settings.only.isEmpty && settings.skip.isEmpty && settings.planned == nil
        let keys = ["--config-key", "--config-threshold", "--config-signature"].flatMap { name in
            options.all(name).flatMap { [name, $0] }
        }
        do {
            if config == "-" || !isWhole { return try await update.isDue() ? .onlyByWholeRuns : nil }
            guard let program = try await update.prepare(check: ["check", "--config", config] + keys) else {
                return nil
            }
            return await become(program, lock, update)
        } catch let error as any Explained {
            return error.explanation
        } catch {
            return Explanation("\(error)", hint: "this is a fault of host-bootstrap: report it")
        }
    }

    /// Nobody gets in between: what this run holds goes over with it.
    private func become(_ candidate: AgentUpdate.Candidate, _ lock: Int32, _ update: AgentUpdate) async -> Explanation {
        let program = candidate.path
        Output.diagnose("going on as the agent that the config names: \(program)")
        await record?.finish()
        let (record, request) = (record, request)
        let place = await DetachedPlace.ofThisUser()
        // The next program would know nothing of a signal that came to this one.
        if Task.isCancelled {
            await update.undo(candidate)
            return Explanation("stopped before another agent went on", hint: "run again")
        }
        let error = await onOwnThread { () throws(Never) -> SystemCallError in
            var files = [RunLock.name: lock]
            do throws(SystemCallError) {
                guard let record, let request else {
                    try ProcessStart.become(program, Array(CommandLine.arguments.dropFirst()), keeping: files)
                }
                files[RunRecord.name] = record.descriptor
                try place.putAgain(request)
                try ProcessStart.become(program, [Subcommand.detachedRun.rawValue], keeping: files)
            } catch {
                if request != nil { place.clear() }
                return error
            }
        }
        await update.undo(candidate)
        return error.explanation
    }

    /// A hub that is away fails no run, and whoever looks at its page should know that it shows an older one.
    private func tellWhatWaits() async {
        guard let hub = configuration.hub else { return }
        let layout = HostLayout(configuration)
        let waiting = await onOwnThread { () throws(Never) in (try? Folders.names(in: layout.spool)) ?? [] }
        guard !waiting.isEmpty else { return }
        let reports = waiting.count == 1 ? "1 report waits" : "\(waiting.count) reports wait"
        Output.diagnose(
            "warning: \(reports) for the hub, which did not take them: \(hub.url.text); the next run delivers them")
    }

    /// Log and spool are on the disk as soon as the host is this run's; the answer is who cannot be told, and why.
    private func attachSinks(to log: EventLog, _ layout: HostLayout?) async -> [Shortcoming] {
        var untold: [Shortcoming] = []
        let journal = JournalSink.ofThisHost()
        if let journal { log.attach(journal) }
        if let record {
            // Whoever follows it has the display.
            log.attach(record)
        } else if journal != nil, Supervisor.journalHasStandardError {
            // The lines for people would say in the journal what is there already.
            display.events.map(log.attach)
        } else {
            for sink in display.sinks() { log.attach(sink) }
        }
        if let layout {
            do throws(SystemCallError) { log.attach(try EventFile(path: layout.log)) } catch {
                untold.append(Shortcoming("log file", error.explanation))
            }
        }
        do throws(HubConnectionError) {
            guard let hub = try await HubConnection.reporter(for: configuration) else { return untold }
            if let layout {
                do throws(SystemCallError) { try await hub.spool(in: layout.spool) } catch {
                    untold.append(Shortcoming("hub", error.explanation))
                }
            }
            log.attach(hub)
        } catch {
            untold.append(Shortcoming("hub", error.explanation))
        }
        return untold
    }

    static func provisioningOptions(
        _ options: CommandLineOptions
    ) async throws(UsageError) -> Provisioning.Options {
        var settings = Provisioning.Options()
        settings.takesOver = options.has("--take-over")
        settings.retriesVersions = options.has("--retry-version")
        settings.readsEverything = options.has("--verify")
        settings.serial = options.has("--no-parallel")
        settings.only = options.all("--only").map { StepID($0) }
        settings.skip = options.all("--skip").map { StepID($0) }
        if options.command == .rollback {
            settings.rollback = Rollback(options.operands[0], to: options.last("--to"))
        }
        if let path = options.last("--plan") { settings.planned = try await Plan.read(path) }
        if let text = options.last("--wait-lock") {
            guard let seconds = Int64(text), (0...86_400).contains(seconds) else {
                throw .badValue("--wait-lock", text, expected: "a whole number of seconds from 0 to 86400")
            }
            settings.lockPatience = .seconds(seconds)
        }
        return settings
    }
}

extension Explanation {
    fileprivate static let onlyByWholeRuns = Explanation(
        "the config names another agent, which goes on with whole runs alone, of a config in a file",
        hint: "host-bootstrap apply --config FILE, without --only, --skip and --plan")
}

/// The signal that ends a run, for who has to know it before the run has ended.
final class CaughtSignal: Sendable {
    private let first = Mutex<Int32?>(nil)
    var number: Int32? { first.withLock { $0 } }
    func note(_ signal: Int32) { first.withLock { $0 = signal } }
}

/// Runs a body whose task is cancelled at the first SIGINT or SIGTERM; tells which came.
func untilSignalled<Value: Sendable>(
    _ caught: CaughtSignal = CaughtSignal(), _ body: @escaping @Sendable () async -> Value
) async -> (Value, signal: Int32?) {
    let watch = SignalWatch()
    let work = Task { await body() }
    let listener = Task { () -> Int32? in
        for await signal in watch.signals {
            caught.note(signal)
            work.cancel()
            return signal
        }
        return nil
    }
    let value = await work.value
    listener.cancel()
    return (value, await listener.value)
}

extension ExitCode {
    /// A run that a signal ended.
    init(signal: Int32) { self = signal == 2 ? .interrupted : .terminated }

    /// The one place that says how an ending becomes an exit code.
    init(_ ending: Provisioning.Ending, signal: Int32?) {
        switch (ending, signal) {
        case (.ran(let report, _), _) where report.succeeded: self = .done
        case (.refused(.selection), _): self = .usage
        case (_, .some(let number)): self.init(signal: number)
        case (.ran(let report, _), _):
            self = report.failures.contains { $0.failure.kind == .integrity } ? .integrity : .failed
        case (.preflightFailed, _), (.refused(.moved), _): self = .preflightFailed
        case (.refused(.lock(.held, _)), _): self = .locked
        case (.refused, _), (.failed, _): self = .failed
        }
    }
}
