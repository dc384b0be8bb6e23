internal import JSON
internal import Platform

/// A host and what its shown run last told.
struct HostState: Sendable, Equatable {
    struct Run: Sendable, Equatable {
        let id: String
        let status: String, phase: String
        let percent: Int64
        let message: String
        let updatedAt: Timestamp
        /// Sequence numbers below the highest that have not come.
        let missing: [Int64]
        /// A JSON array.
        let steps: [UInt8]
        /// Of its last failed step, if one failed; else what is lacking at the end of a run that ended well.
        let error: String?, hint: String?
        let startedAt: Timestamp
        /// What its first report said of it.
        let reported: Report.Run
    }

    /// How a host stands, as far as its reports tell.
    enum Standing: String, Sendable, CaseIterable {
        /// It has not reported.
        case waiting
        case running
        /// All that its config asks for is there.
        case inSync = "in_sync"
        /// Something changed since its last run; its check-in says what.
        case drifted
        /// It is as another config than its present one has it.
        case behind
        /// Its last run ended well, and something is lacking: the run's error says what.
        case degraded
        case failed
        /// Word of it is overdue.
        case silent
    }

    let hostID: String
    /// Nil until the first report.
    let run: Run?
    /// What it told last of itself between runs.
    let checkIn: CheckIn?
    /// The config that the hub has for it; nil for none.
    let config: Config?
    /// With commas between, as ``HostLabels`` writes them.
    var labels = ""

    struct Config: Sendable, Equatable {
        /// SHA-256 in hexadecimal digits.
        let digest: String
        /// When the hub was given it.
        let since: Timestamp
    }

    /// Before that moment nobody counted how long it was silent.
    var silenceCountsFrom = Timestamp(milliseconds: 0)

    /// How it stands at a moment; who has no hub that serves counts silence from another `start`.
    func standing(at now: Timestamp = .now(), silenceFrom start: Timestamp? = nil) -> Standing {
        guard let heard else { return .waiting }
        if let expected = word.within,
            now.milliseconds - max(heard, start ?? silenceCountsFrom).milliseconds > Self.patience * expected * 1000
        {
            return .silent
        }
        if word.isElsewhere { return reportedStanding }
        let isOther = config != nil && word.digest != nil && config?.digest != word.digest
        // Who was given another one by hand since then is as its owner wants it.
        let isBehind = isOther && run.map { run in config.map { $0.since > run.startedAt } ?? false } ?? true
        return switch reportedStanding {
        case .inSync where isBehind, .degraded where isBehind: .behind
        // It was given the one back that it has.
        case .behind where !isOther && config != nil: .inSync
        default: reportedStanding
        }
    }

    /// So many intervals without a word are too many.
    private static let patience: Int64 = 3

    /// What it told last between runs, unless a run came after that.
    private var between: CheckIn? {
        guard let checkIn, run.map({ $0.updatedAt <= checkIn.receivedAt }) ?? true else { return nil }
        return checkIn
    }

    /// When its last word came.
    var heard: Timestamp? { between?.receivedAt ?? run?.updatedAt }

    /// Its last word.
    var message: String { between?.content.message ?? run?.message ?? "" }

    /// SHA-256 of the config that it has, as it said last.
    var takenDigest: String? { word.digest }

    /// It looked, and told that there is another config for it.
    var saysItIsBehind: Bool { between?.content.state == .behind }

    private var reportedStanding: Standing {
        if let between { return between.content.state }
        return switch run?.status {
        case nil: .waiting
        case "done": run?.error == nil ? .inSync : .degraded
        case "failed": .failed
        default: .running
        }
    }

    /// Of which config and program its last word was, within how many seconds the next one comes, and whether the config is
    /// another server's.
    private var word: (digest: String?, version: String?, within: Int64?, isElsewhere: Bool) {
        if let look = between?.content {
            return (look.configDigest, look.agentVersion, look.schedule, look.isElsewhere)
        }
        guard let run else { return (nil, nil, nil, false) }
        let within = reportedStanding == .running ? run.reported.heartbeat : run.reported.schedule
        return (run.reported.configDigest, run.reported.agentVersion, within, run.reported.isElsewhere)
    }

    /// As the page gets it: with the failure's hint, and when the run began; with steps for a host's own page.
    func live(withSteps: Bool) -> JSONValue {
        guard case .object(var members) = json(withSteps: withSteps) else { return .null }
        members["error"] = .optional(between == nil ? run?.error : nil)
        members["hint"] = .optional(between == nil ? run?.hint : nil)
        members["labels"] = listedLabels
        members["started_at"] = .optional(run?.startedAt.rfc3339)
        return .object(members)
    }

    private var listedLabels: JSONValue {
        .array(labels.parts(at: ",", omittingEmpty: true).map { .string(String($0)) })
    }

    /// As `/api/v1/hosts` lists it; a host that has not reported is `waiting`.
    func json(withSteps: Bool) -> JSONValue {
        var members: [String: JSONValue] = [
            "host_id": .string(hostID), "run_id": .optional(run?.id), "status": .string(run?.status ?? "waiting"),
            "phase": .optional(run?.phase), "percent": .integer(run?.percent ?? 0),
            "message": .string(message), "updated_at": .optional(heard?.rfc3339),
            "missing": .array(run?.missing.map { .integer($0) } ?? []), "state": .string(standing().rawValue),
            "config_digest": .optional(word.digest), "agent_version": .optional(word.version),
        ]
        if withSteps {
            members["steps"] = run.map { .json($0.steps) } ?? .array([])
            members["labels"] = listedLabels
            members["wanted_digest"] = .optional(config?.digest)
            members["differences"] = between.map { .json($0.content.differences) } ?? .array([])
            members["differences_in_all"] = .integer(between?.content.differencesInAll ?? 0)
        }
        return .object(members)
    }
}
