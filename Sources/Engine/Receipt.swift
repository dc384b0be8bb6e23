public import Platform

/// What was done, when, and from which config: `state.json`.
public struct Receipt: Sendable, Codable, Equatable {
    /// How a run or step stands.
    public enum Status: String, Sendable, Codable {
        /// Begun; if no process holds the lock, it was cut off here.
        case running
        case satisfied, changed, failed, skipped, done, stopped
        /// Ended well, and something is lacking all the same.
        case degraded
    }

    /// The format of this file; every older one stays readable.
    ///
    /// 2 since steps may be `degraded`, which a program that knows 1 cannot read; 3 since each step says what it owns,
    /// which a program that knows 2 would lose.
    public static let currentVersion = 3

    /// The format this one was written in.
    public var schemaVersion = Receipt.currentVersion
    /// The last run, and which host it was for.
    public var runID: String, hostID: String
    /// SHA-256 of the config, and the agent's version.
    public var configDigest: String, agentVersion: String
    /// By which way the run's user could act as root, as preflight saw it; nil in what older versions wrote.
    public var wayToRoot: String?
    /// When the run began.
    public var startedAt: Timestamp
    /// When it ended; nil while it runs, or when it was cut off.
    public var finishedAt: Timestamp?
    /// How it stands.
    public var status: Status
    /// Steps that were ready ran at once, not one at a time.
    public var parallel: Bool
    /// One entry a step, of this run or of the last run that had it.
    public var steps: [String: Entry] = [:]
    /// What the host lacks although the run ended well; nil when there is nothing.
    public var shortcomings: [Shortcoming]?
    /// What the run used of the machine's processors; nil while it runs, or when an older version wrote it.
    public var processors: ProcessorUse?
    /// What the whole file is held against; nil in what older versions wrote.
    var seal: String?

    /// One step's entry.
    public struct Entry: Sendable, Codable, Equatable {
        /// The run that wrote it.
        public var runID: String
        /// How it stands: `running` is the intent, written before anything is changed.
        public var status: Status
        /// The steps it waited for.
        public var needs: [StepID]
        /// When it began.
        public var startedAt: Timestamp
        /// How long it took; nil while it runs.
        public var durationMilliseconds: Int64?
        /// What differed.
        public var differences: [Difference]
        /// What went wrong, or is lacking.
        public var error: String?
        /// What to do about it.
        public var hint: String?
        /// What the step remembered when it last ended well.
        public var facts: [String: String]
        /// What a person should know although it does not fail; nil when there is nothing.
        public var warnings: [String]?
        /// What it made, or found there, and stands for; nil when it was never asked.
        public var owned: [OwnedThing]?
        /// How long it took when it last changed something; nil when it never did, or an older version wrote it.
        public var lastWork: Work?

        /// Makes the entry of a step that begins.
        public init(
            runID: String, status: Status, needs: [StepID], startedAt: Timestamp, differences: [Difference],
            facts: [String: String]
        ) {
            self.runID = runID
            self.status = status
            self.needs = needs
            self.startedAt = startedAt
            self.differences = differences
            self.facts = facts
        }

        enum CodingKeys: String, CodingKey {
            case status, needs, differences, error, hint, facts, warnings, owned
            case runID = "run_id"
            case lastWork = "last_work"
            case startedAt = "started_at"
            case durationMilliseconds = "duration_ms"
        }
    }

    /// Makes the receipt of a run that begins now.
    public init(run: RunIdentity, configDigest: String, agentVersion: String, parallel: Bool) {
        runID = run.runID
        hostID = run.hostID
        self.configDigest = configDigest
        self.agentVersion = agentVersion
        self.parallel = parallel
        startedAt = .now()
        status = .running
    }

    enum CodingKeys: String, CodingKey {
        case status, steps, parallel, shortcomings, processors
        case wayToRoot = "way_to_root"
        case schemaVersion = "schema_version"
        case seal = "file_checksum"
        case runID = "run_id"
        case hostID = "host_id"
        case configDigest = "config_digest"
        case agentVersion = "agent_version"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
    }

    /// The entries that the last run wrote.
    public var lastRun: [String: Entry] { steps.filter { $0.value.runID == runID } }

    /// What each step owns.
    public var owned: [StepID: [OwnedThing]] {
        steps.reduce(into: [:]) { found, step in
            if let owned = step.value.owned { found[StepID(step.key)] = owned }
        }
    }

    /// What each step remembered.
    public var facts: [StepID: [String: String]] {
        Dictionary(uniqueKeysWithValues: steps.map { (StepID($0.key), $0.value.facts) })
    }
}
