import Bundles
import Digests
import Engine
import HostConfig
import JSON
import Platform
import Reporting
import Steps
import Trust

/// `host-bootstrap pull`: fetch the config, look at the host, and tell what differs or repair it, as "schedule" says.
///
/// A server that is away changes nothing: then the config in force is what the host is held to.
struct Pull {
    private let options: CommandLineOptions
    private let layout: HostLayout
    /// The config in force.
    private let configuration: HostConfiguration
    private let schedule: ScheduleSettings
    private let receipt: Receipt?

    static func run(_ options: CommandLineOptions) async throws(UsageError) -> ExitCode {
        let layout = LastRun.layout(options)
        if let holder = await onOwnThread({ () throws(Never) in RunLock.currentHolder(layout.lock) }) {
            Output.diagnose("nothing is looked at while a run is under way: \(holder)")
            return .locked
        }
        guard let configuration = await inForce(layout) else { return .failed }
        guard let schedule = configuration.schedule else {
            Output.explain(
                Explanation(
                    "the config in force has no \"schedule\"", at: layout.configInForce,
                    hint: "add it, {\"every_minutes\": 30, \"mode\": \"report\"}, and run apply; or see status --verify"
                ))
            return .failed
        }
        let receipt = await onOwnThread { () throws(Never) in (try? layout.readReceipt()) ?? nil }
        let pull = Pull(
            options: options, layout: layout, configuration: configuration, schedule: schedule, receipt: receipt)
        return try await pull.run()
    }

    private static func inForce(_ layout: HostLayout) async -> HostConfiguration? {
        let path = layout.configInForce
        do throws(SystemCallError) {
            let bytes = try await onOwnThread { () throws(SystemCallError) in try Files.read(path) }
            switch HostConfiguration.load(bytes, file: path) {
            case .success(let configuration): return configuration
            case .failure:
                Output.explain(
                    Explanation("the config in force is damaged", at: path, hint: "run apply, which writes it anew"))
            }
        } catch {
            Output.explain(error.explanation)
        }
        return nil
    }

    private func run() async throws(UsageError) -> ExitCode {
        await deliverWhatIsLeft()
        let path: String
        switch try await fetched() {
        case .new(let file, let digest):
            if schedule.mode == .repair { return try await repair(by: file) }
            return try await look(
                besides: (
                    .behind, "its hub has another config for it, sha256:\(digest.prefix(12)), which was not applied"
                ))
        case .refused(let code):
            return try await look(
                besides: (.failed, "the config that was fetched is refused: journalctl -u \(PullUnits.service)"), code)
        case .same(let file): path = file
        }
        return try await look(besides: nil, repairingBy: schedule.mode == .repair ? path : nil)
    }

    // MARK: The config

    private enum Fetched {
        /// The one in force, by this file.
        case same(String)
        /// Another one.
        case new(String, digest: String)
        /// Another one that this host does not take, as was said.
        case refused(ExitCode)
    }

    private func fetched() async throws(UsageError) -> Fetched {
        let inForce = Fetched.same(layout.configInForce)
        let trust = try await HostTrust.of(options)
        do {
            let isSigned = try await onOwnThread { () throws(TrustError) in try trust.asksForSignature() }
            guard let pulled = PulledConfig(configuration, layout, isSigned: isSigned) else { return inForce }
            guard let bytes = try await pulled.fetch() else {
                Output.diagnose("\(pulled.source) has no config for this host; the one in force stays")
                return inForce
            }
            let digest = Digest.of(bytes)
            if digest == configuration.digest { return .same(pulled.path) }
            // Nothing is remembered of one that is only looked at.
            switch try await ConfigFile.load(try .parse(["plan", "--config", pulled.path]), quietly: true) {
            case .good: return .new(pulled.path, digest: digest.hex)
            case .refused(let code): return .refused(code)
            }
        } catch let error as UsageError {
            throw error
        } catch let error as any Explained {
            let words = error.explanation
            Output.diagnose("warning: no config was fetched: \(words.summary); \(words.hint); the one in force stays")
        } catch {
            Output.diagnose("warning: no config was fetched: \(error); the one in force stays")
        }
        return inForce
    }

    // MARK: The host

    /// Looks by the config in force, and repairs what differs when it may; `besides` is what else is to be told.
    private func look(
        besides: (state: CheckIn.State, words: String)?, _ refusal: ExitCode? = nil, repairingBy path: String? = nil
    ) async throws(UsageError) -> ExitCode {
        let tally = CheckTally()
        let found: [PlannedStep]
        do { found = try await Verification(layout, tally).run() } catch let error as any Explained {
            Output.explain(error.explanation)
            return await tell(.failed, "nobody can tell how it stands: \(error.explanation.summary)", [], .failed)
        } catch {
            Output.diagnose("error: \(error)")
            return .failed
        }
        let code = Plan.code(found)
        if let path, code != .done || receipt?.status == .failed { return try await repair(by: path) }
        let (state, words) = verdict(found, code)
        if let besides, state != .drifted, state != .failed {
            return await tell(besides.state, besides.words, found, refusal ?? .changesPlanned)
        }
        return await tell(state, words, found, refusal ?? code)
    }

    private func verdict(_ found: [PlannedStep], _ code: ExitCode) -> (CheckIn.State, String) {
        let count = found.map(\.changes.count).reduce(0, +)
        let things = count == 1 ? "1 thing differs" : "\(count) things differ"
        switch code {
        case .done:
            let lacking = found.compactMap(\.lacking).first
            return lacking.map { (.degraded, "lacking: \($0)") } ?? (.inSync, "the host matches its config")
        case .changesPlanned:
            return receipt?.status == .failed
                ? (.failed, "\(things), and the last run failed") : (.drifted, "\(things) from its config")
        default: return (.failed, "nobody can tell: \(found.compactMap(\.error).first ?? "see status --verify")")
        }
    }

    /// By a run of its own unit: it may change the one that this is.
    private func repair(by path: String) async throws(UsageError) -> ExitCode {
        Output.diagnose("the host is made to match \(path)")
        return try await Detach.apply(path)
    }

    // MARK: The hub

    private func tell(
        _ state: CheckIn.State, _ words: String, _ found: [PlannedStep], _ code: ExitCode
    ) async -> ExitCode {
        let checkIn = CheckIn(
            hostID: configuration.hostID, state: state, message: words, configDigest: configuration.digest.hex,
            agentVersion: Version.number, scheduleSeconds: schedule.everySeconds, found: found)
        await keep(checkIn)
        do throws(HubConnectionError) {
            switch try await HubConnection.deliver(checkIn, of: configuration) {
            case nil, .accepted: break
            case .refused: Output.diagnose("warning: the hub refuses what this host tells of itself")
            case .later: Output.diagnose("warning: the hub does not answer; it is told again next time")
            }
        } catch {
            Output.diagnose("warning: the hub is not told: \(error.explanation.summary); \(error.explanation.hint)")
        }
        if options.has("--json") { return Output.json(checkIn, code) }
        let shape = TextShape(style: LineStyle(isColoured: false), of: 1)
        return Output.show(PlanText(found, shape).lines + ["\(state.rawValue): \(words)".withControlsShown], code)
    }

    /// For `status`; that it could not be written is no reason to keep it from the hub.
    private func keep(_ checkIn: CheckIn) async {
        let path = layout.lastLook
        await onOwnThread { () throws(Never) in
            do throws(SystemCallError) {
                try Folders.make(Files.folder(of: path), mode: 0o700)
                try Files.replace(path, with: checkIn.json() + [0x0A], mode: 0o600)
            } catch {
                Output.diagnose("warning: \(error.explanation.summary)")
            }
        }
    }

    /// Reports of an earlier run that the hub does not have yet.
    private func deliverWhatIsLeft() async {
        let spool = layout.spool
        let waiting = await onOwnThread { () throws(Never) in (try? Folders.names(in: spool)) ?? [] }
        guard !waiting.isEmpty, let hub = (try? await HubConnection.reporter(for: configuration)) ?? nil else { return }
        try? await hub.spool(in: spool)
        await hub.finish()
    }
}
