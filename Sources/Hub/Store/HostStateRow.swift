internal import Database
internal import Platform

/// A host with its shown run and its last check-in, as the database has them.
struct HostStateRow {
    /// What is asked for, by the names that the query has for it.
    private enum Column: String, CaseIterable {
        case host = "hosts.id", config = "hosts.config_digest", configSetAt = "config_set_at"
        case labels = "labels"
        case run = "runs.id", runID = "run_id", status = "runs.status", phase = "phase", percent = "percent"
        case message = "runs.message", updatedAt = "updated_at", steps = "steps", error = "error", hint = "hint"
        case hasGaps = "CASE WHEN seen < highest THEN 1 ELSE 0 END", startedAt = "started_at"
        case runConfig = "runs.config_digest", runAgent = "runs.agent_version", heartbeat = "heartbeat"
        case runSchedule = "runs.schedule", runElsewhere = "runs.elsewhere"
        case receivedAt = "check_ins.received_at", state = "check_ins.state", told = "check_ins.message"
        case toldConfig = "check_ins.config_digest", toldAgent = "check_ins.agent_version"
        case toldSchedule = "check_ins.schedule", toldElsewhere = "check_ins.elsewhere"
        case differences = "differences", differencesInAll = "differences_in_all"

        static let all = allCases
        /// What is long, and of interest where one host is looked at.
        static let details: Set = [steps, differences]
    }

    /// Selects rows of all hosts; without `details`, no steps and no differences.
    static func query(details: Bool) -> String {
        let columns = Column.all.map { details || !Column.details.contains($0) ? $0.rawValue : "NULL" }
        return """
            SELECT \(columns.joined(separator: ", "))
            FROM hosts LEFT JOIN runs ON runs.id = shown_run LEFT JOIN check_ins ON check_ins.host_id = hosts.id
            """
    }

    private let row: DatabaseRow

    init(_ row: DatabaseRow) { self.row = row }

    /// What the row says; which reports are missing is asked for besides, and only where some are.
    func state(
        silenceFrom start: Timestamp, _ database: any SQLConnection
    ) throws(DatabaseError) -> HostState {
        var config: HostState.Config?
        if let digest = try text(.config) { config = HostState.Config(digest: digest, since: try moment(.configSetAt)) }
        return HostState(
            hostID: try text(.host) ?? "", run: try run(database), checkIn: try checkIn(), config: config,
            labels: try text(.labels) ?? "", silenceCountsFrom: start)
    }

    private func run(_ database: any SQLConnection) throws(DatabaseError) -> HostState.Run? {
        guard let number = try integer(.run), let name = try text(.runID) else { return nil }
        return HostState.Run(
            id: name, status: try text(.status) ?? "", phase: try text(.phase) ?? "",
            percent: try integer(.percent) ?? 0, message: try text(.message) ?? "", updatedAt: try moment(.updatedAt),
            missing: try integer(.hasGaps) == 0 ? [] : try HubStore.missing(in: number, database),
            steps: try list(.steps), error: try text(.error), hint: try text(.hint), startedAt: try moment(.startedAt),
            reported: Report.Run(
                configDigest: try text(.runConfig), agentVersion: try text(.runAgent),
                heartbeat: try integer(.heartbeat), schedule: try integer(.runSchedule),
                isElsewhere: try integer(.runElsewhere) == 1))
    }

    private func checkIn() throws(DatabaseError) -> CheckIn? {
        guard try integer(.receivedAt) != nil, let state = HostState.Standing(rawValue: try text(.state) ?? "") else {
            return nil
        }
        let content = CheckIn.Content(
            state: state, message: try text(.told) ?? "", configDigest: try text(.toldConfig) ?? "",
            agentVersion: try text(.toldAgent) ?? "", schedule: try integer(.toldSchedule) ?? 0,
            isElsewhere: try integer(.toldElsewhere) == 1, differences: try list(.differences),
            differencesInAll: try integer(.differencesInAll) ?? 0)
        return CheckIn(content: content, receivedAt: try moment(.receivedAt))
    }

    // MARK: Values

    private func index(_ column: Column) -> Int { Column.all.firstIndex(of: column) ?? 0 }

    private func text(_ column: Column) throws(DatabaseError) -> String? { try row.text(index(column)) }

    private func integer(_ column: Column) throws(DatabaseError) -> Int64? { try row.integer(index(column)) }

    private func moment(_ column: Column) throws(DatabaseError) -> Timestamp {
        Timestamp(milliseconds: try integer(column) ?? 0)
    }

    /// A JSON array.
    private func list(_ column: Column) throws(DatabaseError) -> [UInt8] {
        try row.blob(index(column)) ?? Array("[]".utf8)
    }
}
