import Engine
import HostConfig
import Platform

/// What the hub gave of the config's secrets, each in a file of the bootstrap user's own, for when the hub is away.
struct HubSecretCopies: Step {
    static let name: StepID = "hub-secrets"
    let id = Self.name
    let phase = Phase.files
    let needs: Set<StepID> = ["layout"]
    private let host: Host
    private let names: [String]

    /// Nil for a config that has none from there.
    init?(_ host: Host) {
        self.host = host
        names = host.configuration.hubSecrets(for: host.architecture)
        if names.isEmpty { return nil }
    }

    private var folder: Placement {
        Placement(path: host.layout.secrets, kind: .folder, mode: 0o700, user: host.owner)
    }

    /// That it differs is told, and nothing of how, not even by its length.
    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let copies = copies(context)
        return try await onDisk { [folder] () throws(SystemCallError) in
            var found = try folder.difference().map { [$0] } ?? []
            for copy in copies {
                guard let difference = try copy.difference() else { continue }
                found.append(Self.difference(copy.path, isThere: difference.found != "absent"))
            }
            return found
        }
    }

    /// Without the hub's word, each is held to what was written.
    func verify(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        guard host.inspection.isOffline, !host.inspection.asksHub else { return try await inspect(context) }
        let written = (host.past?.steps[id.name]?.owned ?? []).filter { $0.kind == .file && wants($0) }
        return try await onDisk { [folder, names, layout = host.layout] () throws(SystemCallError) in
            var found = try folder.difference().map { [$0] } ?? []
            for path in names.map(layout.secret) {
                let isThere = try FileStatus.of(path) != nil
                if isThere, let thing = written.first(where: { $0.name == path }), case .ours = try OwnedState.of(thing)
                {
                    continue
                }
                found.append(Self.difference(path, isThere: isThere))
            }
            return found
        }
    }

    private static func difference(_ path: String, isThere: Bool) -> Difference {
        Difference(path, found: isThere ? "not what the hub has" : "absent", wanted: "the hub's secret")
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let copies = copies(context)
        try await onDisk { [folder] () throws(SystemCallError) in
            try folder.mend()
            for copy in copies where try copy.difference() != nil { try copy.write() }
        }
    }

    func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        let copies = copies(context)
        return try await Ownership.look(
            [OwnedThing(.folder, host.layout.secrets)] + copies.map(\.owned), context, host.others)
    }

    func wants(_ thing: OwnedThing) -> Bool {
        switch thing.kind {
        case .file: names.contains { host.layout.secret($0) == thing.name }
        case .folder: thing.name == host.layout.secrets
        default: false
        }
    }

    /// Those that were had: who needs another one fails by it.
    ///
    /// What the hub did not say again is told.
    private func copies(_ context: StepContext) -> [WantedFile] {
        var copies: [WantedFile] = [], doubtful: [String] = [], reason: Explanation?
        for name in names {
            guard case .success(let given) = host.hubSecrets[name] else { continue }
            copies.append(
                WantedFile(
                    path: host.layout.secret(name), content: Array("\(given.text)\n".utf8), mode: 0o600,
                    owner: host.owner))
            guard let doubt = given.doubt else { continue }
            doubtful.append(name)
            reason = reason ?? doubt
        }
        if let reason {
            context.lacks(
                Explanation(
                    "whether the hub has changed \(doubtful.joined(separator: ", ")) is not known, and what it gave before is used: \(reason.problem)",
                    at: reason.place, hint: reason.hint))
        }
        return copies
    }
}
