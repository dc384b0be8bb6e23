public import Engine
public import Platform

/// What a host tells its hub of itself when no run is under way: how it stands by the last look at it.
public struct CheckIn: Sendable, Codable, Equatable {
    /// How it stands; the hub has the same words.
    public enum State: String, Sendable, Codable {
        /// As its config wants it.
        case inSync = "in_sync"
        /// Something changed since the last run.
        case drifted
        /// Its hub has another config for it, which was not applied.
        case behind
        /// As its config wants it, but for what is lacking.
        case degraded
        /// It does not match its config, and no run made it so; or nobody can tell.
        case failed
    }

    /// One thing that is not as the config wants it.
    public struct Item: Sendable, Codable, Equatable {
        let step: StepID
        let what: String, found: String, wanted: String

        /// More of a text than a thousand characters is told by a look on the host itself.
        fileprivate init(_ step: StepID, _ what: String, _ found: String, _ wanted: String) {
            let shown = { (text: String) in String(RevealedSecrets.hidden(in: text).prefix(1000)) }
            (self.step, self.what, self.found, self.wanted) = (step, shown(what), shown(found), shown(wanted))
        }
    }

    /// The host's name at the hub.
    public let hostID: String
    /// When it was looked at.
    public let time: Timestamp
    /// How it stands.
    public let state: State
    /// The same in a sentence.
    public let message: String
    /// SHA-256 of the config in force, and the agent's version.
    public let configDigest: String, agentVersion: String
    /// It looks at itself so often.
    public let scheduleSeconds: Int
    /// Where its config comes from; nil: from the hub, if from anywhere.
    public let configSource: ConfigSource?
    /// What differs: the first hundred.
    public let differences: [Item]
    /// How many there are.
    public let differencesInAll: Int

    enum CodingKeys: String, CodingKey {
        case time, state, message, differences
        case hostID = "host_id"
        case configDigest = "config_digest"
        case agentVersion = "agent_version"
        case scheduleSeconds = "schedule_seconds"
        case differencesInAll = "differences_in_all"
        case configSource = "config_source"
    }

    private static let mostNamed = 100

    /// Says so of a host in which these steps were found to differ.
    public init(
        hostID: String, state: State, message: String, configDigest: String, agentVersion: String, scheduleSeconds: Int,
        configSource: ConfigSource?, found: [PlannedStep], at time: Timestamp = .now()
    ) {
        self.hostID = hostID
        self.time = time
        self.state = state
        self.message = RevealedSecrets.hidden(in: message)
        self.configDigest = configDigest
        self.agentVersion = agentVersion
        self.scheduleSeconds = scheduleSeconds
        self.configSource = configSource
        let items = found.flatMap { step in
            step.changes.map { Item(step.step, $0.what, $0.found, $0.wanted) }
                + [step.error ?? step.lacking].compactMap(\.self).map {
                    Item(step.step, step.step.name, $0, step.hint ?? "")
                }
        }
        differences = Array(items.prefix(Self.mostNamed))
        differencesInAll = items.count
    }
}
