import Engine
import HostConfig
import Platform
import Reporting
import Steps

/// `host-bootstrap apply`, make the host match, and `rollback`, which does so for a version that is installed.
struct Apply {
    static func run(_ options: CommandLineOptions) async throws(UsageError) -> ExitCode {
        let settings = try await provisioningOptions(options)
        guard let configuration = try await ConfigFile.load(options) else { return .invalidConfig }
        return await Apply(configuration: configuration, settings: settings, options: options).run()
    }

    let configuration: HostConfiguration
    let settings: Provisioning.Options
    let options: CommandLineOptions

    private func run() async -> ExitCode {
        let log = EventLog(run: RunIdentity(hostID: configuration.hostID), sinks: sinks)
        let hub = HubConnection.reporter(for: configuration)
        let provisioning = Provisioning(configuration, settings, log: log, agentVersion: Version.number) { layout in
            await keepLog(log, hub, layout)
        }
        let (ending, signal) = await untilSignalled { await provisioning.run() }
        await tellHub(hub, of: ending, log)
        await log.finish()
        return ExitCode(ending, signal: signal)
    }

    private var sinks: [any EventSink] {
        let lines = TerminalLines(verbose: options.has("--verbose"))
        return options.has("--json") ? [EventStream(), lines] : [lines]
    }

    /// A run that never had the lock tells the hub nothing: the host's state is that of the run which has it.
    private func tellHub(_ hub: HubReporter?, of ending: Provisioning.Ending, _ log: EventLog) async {
        switch ending {
        case .ran, .locked: return
        case .preflightFailed, .moved, .unknownStep, .failed: if let hub { log.attach(hub) }
        }
    }

    /// Log and spool are on the disk from the moment on that the host is this run's.
    private func keepLog(_ log: EventLog, _ hub: HubReporter?, _ layout: HostLayout) async {
        do throws(SystemCallError) { log.attach(try EventFile(path: layout.log)) } catch {
            Output.diagnose("warning: \(error.explanation.summary); going on without a log file")
        }
        guard let hub else { return }
        do throws(SystemCallError) { try await hub.spool(in: layout.spool) } catch {
            Output.diagnose("warning: \(error.explanation.summary); reports that do not get through are lost")
        }
        log.attach(hub)
    }

    private static func provisioningOptions(
        _ options: CommandLineOptions
    ) async throws(UsageError) -> Provisioning.Options {
        var settings = Provisioning.Options()
        settings.takesOver = options.has("--take-over")
        settings.serial = options.has("--no-parallel")
        settings.only = options.all("--only").map { StepID($0) }
        settings.skip = options.all("--skip").map { StepID($0) }
        if options.command == .rollback {
            settings.rollback = Rollback(options.operands[0], to: options.last("--to"))
        }
        if let path = options.last("--plan") { settings.planned = try await Plan.read(path) }
        if let text = options.last("--wait-lock") {
            guard let seconds = Int64(text), (0...86_400).contains(seconds) else {
                throw .badValue("--wait-lock", text, options.command)
            }
            settings.lockPatience = .seconds(seconds)
        }
        return settings
    }
}

/// Runs a body whose task is cancelled at the first SIGINT or SIGTERM; tells which came.
func untilSignalled<Value: Sendable>(
    _ body: @escaping @Sendable () async -> Value
) async -> (Value, signal: Int32?) {
    let watch = SignalWatch()
    let work = Task { await body() }
    let listener = Task { () -> Int32? in
        for await signal in watch.signals {
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
        case (.ran(let report), _) where report.succeeded: self = .done
        case (_, .some(let number)): self.init(signal: number)
        case (.ran(let report), _):
            self = report.failures.contains { $0.failure.kind == .integrity } ? .integrity : .failed
        case (.unknownStep(let error), _):
            Output.explain(error.explanation)
            self = .usage
        case (.preflightFailed, _): self = .preflightFailed
        case (.moved(let reasons), _):
            let words = reasons.map { "\n  \($0)" }.joined()
            Output.explain(
                Explanation(
                    "the host is no longer as it was when the plan was made:\(words)",
                    hint: "make the plan anew, look at it, and apply that one"))
            self = .preflightFailed
        case (.locked(.held), _): self = .locked
        case (.locked(.unusable), _), (.failed, _): self = .failed
        }
    }
}
