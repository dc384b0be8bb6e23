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
    /// When the host may be repaired next; nil when it may be at once, or never is.
    private let opening: String?

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
                    hint:
                        "add it, {\"every_minutes\": 30, \"mode\": \"report\"}, and run host-bootstrap apply --config FILE; or see host-bootstrap status --verify"
                ))
            return .failed
        }
        let receipt = await onOwnThread { () throws(Never) in (try? layout.readReceipt()) ?? nil }
        let pull = Pull(
            options: options, layout: layout, configuration: configuration, schedule: schedule, receipt: receipt,
            opening: schedule.nextWindow(after: .now()))
        return try await pull.run()
    }

    private static func inForce(_ layout: HostLayout) async -> HostConfiguration? {
        do throws(SystemCallError) {
            switch try await onOwnThread({ () throws(SystemCallError) in try ConfigInForce.read(layout) }) {
            case .good(let configuration): return configuration
            case .damaged(let explanation), .absent(let explanation): Output.explain(explanation)
            }
        } catch {
            Output.explain(error.explanation)
        }
        return nil
    }

    private func run() async throws(UsageError) -> ExitCode {
        await deliverWhatIsLeft()
        let isRepaired = schedule.mode == .repair && opening == nil
        switch try await fetched() {
        case .new(let file, let digest):
            if isRepaired { return try await repair(by: file, []) }
            let words = "there is another config for it, sha256:\(digest.prefix(12)), which was not applied"
            return try await look(besides: (.behind, words, .changesPlanned))
        case .refused(let code):
            let words = "the config that was fetched is refused: journalctl -u \(ScheduleSettings.service)"
            return try await look(
                besides: (.failed, words, code), repairingBy: isRepaired ? layout.configInForce : nil)
        case .same(let file): return try await look(besides: nil, repairingBy: isRepaired ? file : nil)
        }
    }

    // MARK: The config

    private enum Fetched {
        /// The one in force, by this file.
        case same(String)
        /// Another one.
        case new(String, digest: String)
        /// One that this host does not take, as was said.
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
            // Nothing is remembered of one that is only looked at.
            switch try await ConfigFile.load(try .parse(["plan", "--config", pulled.path]), quietly: true) {
            case .refused(let code): return .refused(code)
            case .good:
                let digest = Digest.of(bytes)
                return digest == configuration.digest ? .same(pulled.path) : .new(pulled.path, digest: digest.hex)
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

    private typealias Word = (state: CheckIn.State, words: String, code: ExitCode)

    /// Looks by the config in force, and repairs what differs when it may; `besides` is what else is to be told.
    private func look(besides: Word?, repairingBy path: String? = nil) async throws(UsageError) -> ExitCode {
        let found: [PlannedStep]
        do { found = try await Verification(layout, CheckTally(), asksHub: true).run() } catch let error
            as any Explained
        {
            Output.explain(error.explanation)
            return await tell((.failed, "nobody can tell how it stands: \(error.explanation.summary)", .failed), [])
        } catch {
            Output.explain(.unexpected(error))
            return .failed
        }
        if await isOvertaken() {
            Output.diagnose("a run began meanwhile, and has the last word")
            return .locked
        }
        let seen = verdict(found)
        if let path, [.drifted, .failed].contains(seen.state) || receipt?.status == .failed {
            return try await repair(by: path, found)
        }
        return await tell(both(seen, besides), found)
    }

    /// Whoever changed the host since this began knows better.
    private func isOvertaken() async -> Bool {
        let (layout, began) = (layout, receipt?.startedAt)
        return await onOwnThread { () throws(Never) in
            let now = (try? layout.readReceipt()) ?? nil
            return RunLock.currentHolder(layout.lock) != nil || now?.startedAt != began
        }
    }

    private func verdict(_ found: [PlannedStep]) -> Word {
        if let error = found.compactMap(\.error).first { return (.failed, "nobody can tell: \(error)", .failed) }
        // What the last run could not get is lacking, as it was then, and no drift.
        // An agent that could not be had is asked for once more.
        let drift = found.filter {
            receipt?.steps[$0.step.name]?.status != .degraded || $0.step == Steps.agentUpdate
        }
        let count = drift.map(\.changes.count).reduce(0, +)
        guard count == 0 else {
            let things = count == 1 ? "1 thing differs" : "\(count) things differ"
            return receipt?.status == .failed
                ? (.failed, "\(things), and the last run failed", .changesPlanned)
                : (.drifted, "\(things) from its config", .changesPlanned)
        }
        let missing = found.flatMap(\.changes).first?.description
        return (found.compactMap(\.lacking).first ?? missing).map { (.degraded, "lacking: \($0)", .done) }
            ?? (.inSync, "the host matches its config", .done)
    }

    /// A refusal comes before drift, and drift before a config that waits.
    private func both(_ seen: Word, _ besides: Word?) -> Word {
        guard let besides else { return seen }
        switch seen.state {
        case .failed: return (.failed, "\(seen.words); \(besides.words)", besides.code)
        case .drifted where besides.state == .behind: return (.drifted, "\(seen.words); \(besides.words)", seen.code)
        case .drifted: return (besides.state, "\(besides.words); \(seen.words)", besides.code)
        default: return besides
        }
    }

    /// By a run of its own unit: it may change the one that this is.
    private func repair(by path: String, _ found: [PlannedStep]) async throws(UsageError) -> ExitCode {
        Output.diagnose("the host is made to match \(path)")
        let outcome = try await Detach.apply(path)
        // A run tells the hub itself.
        guard case .notStarted(let code) = outcome, code != .locked else { return outcome.code }
        let words = "no run could be started to repair it: journalctl -u \(ScheduleSettings.service)"
        return await tell((.failed, words, code), found)
    }

    // MARK: The hub

    private func tell(_ word: Word, _ found: [PlannedStep]) async -> ExitCode {
        var word = word
        if let opening, [.drifted, .behind, .failed].contains(word.state) {
            word.words += "; repairs wait until \(opening)"
        }
        let checkIn = CheckIn(
            hostID: configuration.hostID, state: word.state, message: word.words,
            configDigest: configuration.digest.hex, agentVersion: Version.number,
            scheduleSeconds: schedule.everySeconds, configSource: configuration.configSource, found: found)
        await keep(checkIn)
        do throws(HubConnectionError) {
            switch try await HubConnection.deliver(checkIn, of: configuration) {
            case nil:
                if configuration.hub != nil {
                    Output.diagnose(
                        "warning: hub.url is no hub's …/api/v1/hosts/ID/status, so nobody is told how it stands")
                }
            case .some(200..<300): break
            case .some(0): Output.diagnose("warning: the hub does not answer; it is told next time")
            case .some(let status):
                Output.diagnose("warning: the hub answers \(status) to what this host tells of itself; see its token")
            }
        } catch {
            Output.diagnose("warning: the hub is not told: \(error.explanation.summary); \(error.explanation.hint)")
        }
        if options.has("--json") { return Output.json(checkIn, word.code) }
        let shape = TextShape(style: LineStyle(isColoured: false), of: 1)
        let last = "\(word.state.rawValue): \(word.words)".withControlsShown
        return Output.show(PlanText(found, shape).lines + [last], word.code)
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
