public import Platform

/// One thing that happened in a run; the log file, `--json` and the hub all carry the same.
public struct Event: Sendable, Codable, Equatable {
    /// The kinds of event, as the contract names them.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        case runStarted = "run_started"
        case preflight
        case stepStarted = "step_started"
        case stepProgress = "step_progress"
        case stepRetried = "step_retried"
        case stepSatisfied = "step_satisfied"
        case stepFinished = "step_finished"
        case stepFailed = "step_failed"
        case stepSkipped = "step_skipped"
        case runFinished = "run_finished"
    }

    /// When, in RFC 3339 with milliseconds, UTC.
    public var time: String
    /// The run and the host.
    public var runID: String, hostID: String
    /// What kind.
    public var event: Kind
    /// The step it belongs to.
    public var step: StepID?
    /// The stage of the run.
    public var phase: Phase?
    /// A sentence for people.
    public var message: String?
    /// Progress of the whole run, 0 to 100.
    public var percent: Int?
    /// How long a step or run took.
    public var durationMilliseconds: Int64?
    /// The step changed the host.
    public var changed: Bool?
    /// What differed before the step was applied.
    public var differences: [Difference]?
    /// How the step's last command ended, and the tails of what it printed; of `run_finished`, the run's own exit code.
    public var exitCode: Int32?, stdout: String?, stderr: String?
    /// What went wrong, where, and the remedy.
    public var error: String?, place: String?, hint: String?
    /// The number of the attempt that failed, from 1, and how many there may be.
    public var attempt: Int?, attempts: Int?
    /// How the run or preflight ended: `done`, `degraded`, `failed`, `stopped`; of a step, what its kind does not tell:
    /// `degraded`, `stopped`.
    public var status: String?
    /// What preflight found, check by check.
    public var checks: [CheckResult]?
    /// Of `run_finished`: the chain of steps that the run could not have been shorter than, first step first.
    public var criticalPath: [CriticalPath.Part]?

    enum CodingKeys: String, CodingKey {
        case time, event, step, phase, message, percent, changed, differences, stdout, stderr, error, place, hint
        case attempt, attempts, status, checks
        case runID = "run_id"
        case hostID = "host_id"
        case durationMilliseconds = "duration_ms"
        case criticalPath = "critical_path"
        case exitCode = "exit_code"
    }

    init(_ kind: Kind, run: RunIdentity, at time: Timestamp = .now()) {
        self.time = time.rfc3339
        runID = run.runID
        hostID = run.hostID
        event = kind
    }

    /// What commands, services and servers said may hold what must not be shown.
    mutating func hideSecrets() {
        for text in [\Event.message, \.stdout, \.stderr, \.error, \.place, \.hint] {
            if let words = self[keyPath: text] { self[keyPath: text] = RevealedSecrets.hidden(in: words) }
        }
    }

    mutating func explain(_ explanation: Explanation) {
        error = explanation.problem
        place = explanation.place
        hint = explanation.hint
    }
}

/// What one preflight check found.
public struct CheckResult: Sendable, Codable, Equatable {
    /// The check's name in kebab case.
    public let id: String
    /// All was as it must be.
    public let passed: Bool
    /// What was seen.
    public let evidence: String
    /// What to do about it; nil when it passed.
    public let hint: String?

    /// Makes a result from its parts; secrets in what was seen are hidden.
    public init(id: String, passed: Bool, evidence: String, hint: String?) {
        self.id = id
        self.passed = passed
        self.evidence = RevealedSecrets.hidden(in: evidence)
        self.hint = hint.map { RevealedSecrets.hidden(in: $0) }
    }
}

/// Which run of which host an event belongs to.
public struct RunIdentity: Sendable, Hashable {
    /// A name that no other run has: the start's time and random digits, so that runs sort by age.
    public let runID: String
    /// The host's name at the hub.
    public let hostID: String

    /// Names a new run of a host.
    public init(hostID: String, startedAt: Timestamp = .now()) {
        let moment = startedAt.rfc3339.filter { $0.isNumber }.prefix(14)
        let digits = String(UInt32.random(in: 0 ... .max), radix: 16)
        runID = "\(moment)-\(String(repeating: "0", count: 8 - digits.count))\(digits)"
        self.hostID = hostID
    }
}
