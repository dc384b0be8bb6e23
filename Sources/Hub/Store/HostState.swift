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
    }

    /// How a host stands, as far as its reports tell.
    enum Standing: String, Sendable, CaseIterable {
        /// It has not reported.
        case waiting
        case running
        /// All that its config asks for is there.
        case inSync = "in_sync"
        /// Its last run ended well, and something is lacking: the run's error says what.
        case degraded
        case failed

        init(status: String?, hasError: Bool) {
            switch status {
            case nil: self = .waiting
            case "done": self = hasError ? .degraded : .inSync
            case "failed": self = .failed
            default: self = .running
            }
        }
    }

    let hostID: String
    /// Nil until the first report.
    let run: Run?

    var standing: Standing { Standing(status: run?.status, hasError: run?.error != nil) }

    /// As the page gets it: with the failure's hint, and when the run began; with steps for a host's own page.
    func live(withSteps: Bool) -> JSONValue {
        guard case .object(var members) = json(withSteps: withSteps) else { return .null }
        members["error"] = .optional(run?.error)
        members["hint"] = .optional(run?.hint)
        members["started_at"] = .optional(run?.startedAt.rfc3339)
        return .object(members)
    }

    /// As `/api/v1/hosts` lists it; a host that has not reported is `waiting`.
    func json(withSteps: Bool) -> JSONValue {
        var members: [String: JSONValue] = [
            "host_id": .string(hostID), "run_id": .optional(run?.id), "status": .string(run?.status ?? "waiting"),
            "phase": .optional(run?.phase), "percent": .integer(run?.percent ?? 0),
            "message": .string(run?.message ?? ""), "updated_at": .optional(run?.updatedAt.rfc3339),
            "missing": .array(run?.missing.map { .integer($0) } ?? []), "state": .string(standing.rawValue),
        ]
        if withSteps { members["steps"] = run.map { .json($0.steps) } ?? .array([]) }
        return .object(members)
    }
}
