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
        names = host.configuration.hubSecrets
        if names.isEmpty { return nil }
    }

    private var folder: Placement {
        Placement(path: host.layout.secrets, kind: .folder, mode: 0o700, user: host.owner)
    }

    /// That it differs is told, and nothing of how, not even by its length.
    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let copies = try copies(context)
        return try await onDisk { [folder] () throws(SystemCallError) in
            var found = try folder.difference().map { [$0] } ?? []
            for copy in copies {
                guard let difference = try copy.difference() else { continue }
                let isThere = difference.found != "absent"
                found.append(
                    Difference(
                        copy.path, found: isThere ? "not what the hub has" : "absent", wanted: "the hub's secret"))
            }
            return found
        }
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let copies = try copies(context)
        try await onDisk { [folder] () throws(SystemCallError) in
            try folder.mend()
            for copy in copies where try copy.difference() != nil { try copy.write() }
        }
    }

    func possessions(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        let copies = try copies(context)
        return try await Possessions.look(
            [OwnedThing(.folder, host.layout.secrets)] + copies.map(\.owned), context, host.others)
    }

    func wants(_ thing: OwnedThing) -> Bool {
        switch thing.kind {
        case .file: names.contains { host.layout.secret($0) == thing.name }
        case .folder: thing.name == host.layout.secrets
        default: false
        }
    }

    /// Of a hub that is away it is told that what it gave before counts.
    private func copies(_ context: StepContext) throws(StepFailure) -> [WantedFile] {
        var copies: [WantedFile] = [], doubt: (names: [String], reason: Explanation)?
        for name in names {
            let given = try host.hubSecrets[name].get()
            copies.append(
                WantedFile(
                    path: host.layout.secret(name), content: Array("\(given.text)\n".utf8), mode: 0o600,
                    owner: host.owner))
            if let reason = given.doubt { doubt = ((doubt?.names ?? []) + [name], doubt?.reason ?? reason) }
        }
        if let doubt {
            context.lacks(
                Explanation(
                    "the hub does not say whether it has changed \(doubt.names.joined(separator: ", ")); what it gave before is used: \(doubt.reason.problem)",
                    at: doubt.reason.place, hint: doubt.reason.hint))
        }
        return copies
    }
}
