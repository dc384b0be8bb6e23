import Bundles
import Privileged
import Digests
public import Engine
public import HostConfig
import Platform
import Transfer

/// The agent that a config names, when another one runs: fetched, held to its digest and tried out, before the run goes on as
/// that one.
///
/// It takes the place of the one in use when its run has ended well (``AgentReplacement``), and not before.
public struct AgentUpdate: Sendable {
    private let source: AgentSource
    private let place: AgentPlace
    private let downloader: Downloader
    private let triesAgain: Bool
    private let user: String

    /// Nil when the config names none for this machine.
    ///
    /// One that was tried and did not end its run well is tried again if `triesAgain`.
    public init?(_ configuration: HostConfiguration, _ layout: HostLayout, triesAgain: Bool) {
        guard let source = configuration.agentHere else { return nil }
        self.source = source
        self.triesAgain = triesAgain
        user = configuration.bootstrapUser
        place = AgentPlace(layout)
        downloader = Downloader(tls: configuration.tls(trusting: configuration.caFile ?? configuration.hub?.caFile))
    }

    /// A program to go on as.
    public struct Candidate: Sendable {
        /// Where it is.
        public let path: String
        /// It was never in use here.
        let isTrial: Bool
    }

    /// The program to go on as; nil when it is this one.
    ///
    /// Only for who holds the run's lock. `check` are the words by which it is asked whether it takes the config.
    public func prepare(check: [String]) async throws(StepFailure) -> Candidate? {
        let (place, wanted, triesAgain) = (place, source.digest, triesAgain)
        let found = try await onDisk { () throws(SystemCallError) -> Found in
            if try FileDigest.ofRunningProgram() == wanted { return .running }
            if try AgentPlace.digest(place.program) == wanted { return .there(place.program) }
            if !triesAgain, let refusal = try place.refusal(of: wanted) { return .refused(refusal) }
            for path in [place.next, place.previous] where try AgentPlace.digest(path) == wanted { return .there(path) }
            return .absent
        }
        let path: String
        switch found {
        case .running: return nil
        case .refused(let reason): throw StepFailure(reason)
        case .there(let there): path = there
        case .absent:
            try await fetch()
            path = place.next
        }
        try await onDisk { () throws(SystemCallError) in try Files.setMode(path, 0o755) }
        try await expectRoot(path)
        // What is in use was tried before.
        if path == place.program { return Candidate(path: path, isTrial: false) }
        try await tryOut(path, check)
        try await onDisk { () throws(SystemCallError) in
            // The one to go back to.
            if try FileStatus.of(place.program) == nil {
                try Files.replace(place.program, with: try ProcessStart.program(), mode: 0o755)
            }
            try place.begin(trialOf: wanted)
        }
        return Candidate(path: path, isTrial: true)
    }

    /// The config names another agent than the one that runs.
    public func isDue() async throws(StepFailure) -> Bool {
        try await onDisk { [source] () throws(SystemCallError) in try FileDigest.ofRunningProgram() != source.digest }
    }

    private enum Found: Sendable {
        case running, absent
        case there(String)
        case refused(Explanation)
    }

    private func fetch() async throws(StepFailure) {
        try await onDisk { [place] () throws(SystemCallError) in try Folders.make(Files.folder(of: place.program)) }
        do throws(BundleError) {
            try await downloader.fetchFile(source.url.text, source.digest, size: nil, to: place.next, mode: 0o755) {
                _ in
            }
        } catch {
            guard case .mismatch = error else { throw StepFailure(error) }
            throw StepFailure(
                .integrity,
                Explanation(
                    error.explanation.problem, at: error.explanation.place,
                    hint:
                        "is the \"sha256\" in \"agent\" that of this release? bootstrap-hub add-binary FILE --data DIR prints "
                        + "it; if it is, do not trust what lies there"))
        }
    }

    /// Where root stands behind the closed door alone, it must be there already: no other is let in.
    private func expectRoot(_ path: String) async throws(StepFailure) {
        let state = await onOwnThread { () throws(Never) in ClosedDoor.state(for: path) }
        guard state == .other, await !PreflightCheck.mayDoAnythingAsRoot() else { return }
        throw StepFailure(
            Explanation(
                "root's helper is of another version than the agent that the config names", at: ClosedDoor.program,
                hint:
                    "as root, from a file of that agent that only root can change: host-bootstrap install-helper --user \(user); "
                    + "or, if root has a key for it: \(ShellWord.quoted(path)) install-helper --signature FILE.minisig")
        )
    }

    /// It runs here, says that it is one of ours, and takes the config.
    private func tryOut(_ path: String, _ check: [String]) async throws(StepFailure) {
        let version = try await answer(path, ["--version"])
        guard version.succeeded, version.output.hasFirstBytes("host-bootstrap ") else {
            throw refused("does not run here as an agent", version)
        }
        let words = try await answer(path, check)
        guard words.succeeded else { throw refused("does not take this config", words) }
    }

    private func answer(_ path: String, _ arguments: [String]) async throws(StepFailure) -> CommandResult {
        do throws(SystemCallError) {
            return try await Subprocess.run(
                Command(path, arguments, environment: ProcessStart.environment()), timeout: .seconds(60))
        } catch {
            throw StepFailure(error)
        }
    }

    private func refused(_ problem: String, _ result: CommandResult) -> StepFailure {
        let said = [result.errors, result.output].flatMap(\.byteLines).first { !$0.isEmpty }
        let reason = result.timedOut ? ": it gave no answer for a minute" : said.map { ": \($0)" } ?? ""
        return StepFailure(
            Explanation(
                "the agent that the config names \(problem)\(reason)", at: source.url.description,
                hint:
                    "name one in \"agent\" that does; host-bootstrap check --config FILE, typed with it, says why it does not"
            ))
    }

    /// What was prepared could not be begun: nothing is to be held against it.
    public func undo(_ candidate: Candidate) async {
        guard candidate.isTrial else { return }
        await onOwnThread { [place] () throws(Never) in try? place.endTrial() }
    }
}
