import Digests
import Engine
import HostConfig
import Platform
import Transfer

/// The agent that the config names takes the place of the one in use once all else has ended well by it.
///
/// The one before is kept beside it.
struct AgentReplacement: Step {
    static let name: StepID = "agent-update"
    let id = Self.name
    let phase = Phase.finish
    let needs: Set<StepID>
    private let host: Host
    private let source: AgentSource
    private let place: AgentPlace

    /// Nil when the config names none; needs every step before it.
    init?(_ host: Host, needs: Set<StepID>) {
        guard let source = host.configuration.agentHere else { return nil }
        self.source = source
        self.host = host
        self.needs = needs
        place = AgentPlace(host.layout)
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let (place, wanted) = (place, source.digest)
        let trouble = host.inspection.agentTrouble
        let state = try await onDisk { () throws(SystemCallError) -> State in
            let inUse = try AgentPlace.digest(place.program)
            if inUse == wanted { return .inUse(left: try place.leftOfTrial()) }
            if try FileDigest.ofRunningProgram() == wanted { return .due(insteadOf: inUse) }
            if let trouble { return .lacking(trouble) }
            if let refusal = try place.refusal(of: wanted) { return .lacking(refusal) }
            return .due(insteadOf: inUse)
        }
        switch state {
        case .inUse(let left): return left
        case .lacking(let reason):
            context.lacks(reason)
            return []
        case .due(let inUse):
            return [
                Difference(
                    place.program, found: inUse.map { "sha256:\($0.hex.prefix(12))" } ?? "absent",
                    wanted: "sha256:\(wanted.hex.prefix(12))")
            ]
        }
    }

    /// How the one that the config names stands.
    private enum State: Sendable {
        case inUse(left: [Difference])
        case due(insteadOf: Digest?)
        case lacking(Explanation)
    }

    /// With its size.
    func preview(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        guard let difference = try await inspect(context).first else { return [] }
        do throws(TransferError) {
            return [await host.previewed(difference, try SourceURL(source.url.text))]
        } catch {
            throw StepFailure(error)
        }
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let (place, wanted) = (place, source.digest)
        let isReplaced = try await onDisk { () throws(SystemCallError) in
            let former = try Files.readIfPresent(place.program, limit: 1 << 30)
            if former.map({ Digest.of($0) }) != wanted {
                // Read once: what is looked at is what is written.
                let program = try ProcessStart.program()
                guard Digest.of(program) == wanted else { return false }
                if let former { try Files.replace(place.newPrevious, with: former, mode: 0o755) }
                // By its own file where it is one of these: what runs is then still found by its path.
                let running = try ProcessStart.executable()
                if [place.next, place.previous].contains(running) {
                    try Files.rename(running, to: place.program)
                } else {
                    try Files.replace(place.program, with: program, mode: 0o755)
                }
                try Files.synchronizeFolder(Files.folder(of: place.program))
            }
            // It may have been cut off before this.
            if try FileStatus.of(place.newPrevious) != nil {
                try Files.rename(place.newPrevious, to: place.previous)
            }
            for path in [place.next, place.trialFile] { try Files.remove(path) }
            return true
        }
        guard isReplaced else {
            throw StepFailure(
                Explanation(
                    "this run is by another agent than the config names", at: source.url.description,
                    hint: "run again: host-bootstrap apply --config FILE goes on as that one"))
        }
    }
}
