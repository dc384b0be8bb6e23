internal import Database
internal import Platform

/// Runs and their reports.
extension HubStore {
    /// At most so many missing sequence numbers are named in one answer.
    static var mostMissingNamed: Int { 1000 }

    /// Keeps a report, unless it is there already, and tells which ones before it have not come.
    ///
    /// A run's state is that of its highest sequence, and its percent the highest ever reported. The shown run of a
    /// host is the one that started last; a run's start is its first report's, see ``Report/started(receivedAt:)``.
    ///
    /// All of them in one transaction; the answers are in the reports' order.
    func accept(_ reports: [Report], receivedAt now: Timestamp = .now()) throws(DatabaseError) -> [[Int64]] {
        try write { (database: inout DatabaseConnection) throws(DatabaseError) in
            var answers: [[Int64]] = []
            for report in reports {
                let run = try run(of: report, receivedAt: now, &database)
                let added = try database.run(
                    "INSERT OR IGNORE INTO reports (run, sequence, received_at, events) VALUES (?, ?, ?, ?)",
                    [
                        .integer(run), .integer(report.sequence), .integer(now.milliseconds),
                        .blob(report.events),
                    ])
                if added == 1 { try show(report, in: run, at: now, &database) }
                answers.append(try missing(in: run, &database))
            }
            return answers
        }
    }

    /// Keeps one.
    func accept(_ report: Report, receivedAt now: Timestamp = .now()) throws(DatabaseError) -> [Int64] {
        try accept([report], receivedAt: now)[0]
    }

    /// Every host with the state of its shown run, by name.
    func hosts() throws(DatabaseError) -> [HostState] {
        try read { (database: inout DatabaseConnection) throws(DatabaseError) in
            let rows = try database.rows(stateQuery + " ORDER BY hosts.id")
            return try states(rows, &database)
        }
    }

    /// Some hosts with the state of their shown runs.
    func hosts(named names: Set<String>) throws(DatabaseError) -> [HostState] {
        try read { (database: inout DatabaseConnection) throws(DatabaseError) in
            var found: [HostState] = []
            for name in names.sorted() {
                found += try states(
                    try database.rows(stateQuery + " WHERE hosts.id = ?", [.text(name)]), &database)
            }
            return found
        }
    }

    /// The latest events that a run told of, oldest first; those of some reports at least.
    func latestEvents(of id: HostID, run name: String) throws(DatabaseError) -> [JSONValue] {
        try read { (database: inout DatabaseConnection) throws(DatabaseError) in
            let rows = try database.rows(
                """
                SELECT events FROM reports JOIN runs ON runs.id = run WHERE host_id = ? AND run_id = ?
                ORDER BY sequence DESC LIMIT 200
                """, [.text(id.name), .text(name)])
            var events: [JSONValue] = []
            for row in rows.reversed() {
                if case .array(let some)? = JSONValue(try row.blob(0) ?? []) { events += some }
            }
            return events.suffix(2000)
        }
    }

    /// How many hosts there are of each status; those that have not reported are `waiting`.
    func countsByStatus() throws(DatabaseError) -> [String: Int64] {
        try read { (database: inout DatabaseConnection) throws(DatabaseError) in
            let rows = try database.rows(
                "SELECT coalesce(status, 'waiting'), count(*) FROM hosts LEFT JOIN runs ON runs.id = shown_run GROUP BY 1"
            )
            var counts: [String: Int64] = [:]
            for row in rows { counts[try row.text(0) ?? ""] = try row.integer(1) }
            return counts
        }
    }

    /// One host with the state of its shown run; nil when there is no such host.
    func state(of id: HostID) throws(DatabaseError) -> HostState? {
        try read { (database: inout DatabaseConnection) throws(DatabaseError) in
            let rows = try database.rows(stateQuery + " WHERE hosts.id = ?", [.text(id.name)])
            return try states(rows, &database).first
        }
    }
}

private let stateQuery = """
    SELECT hosts.id, run_id, status, phase, percent, message, updated_at, steps, runs.id, seen < highest,
        error, hint, started_at
    FROM hosts LEFT JOIN runs ON runs.id = shown_run
    """

private func states(
    _ rows: [DatabaseRow], _ database: inout DatabaseConnection
) throws(DatabaseError) -> [HostState] {
    var states: [HostState] = []
    for row in rows {
        var run: HostState.Run?
        if let number = try row.integer(8), let name = try row.text(1) {
            run = HostState.Run(
                id: name, status: try row.text(2) ?? "", phase: try row.text(3) ?? "",
                percent: try row.integer(4) ?? 0, message: try row.text(5) ?? "",
                updatedAt: Timestamp(milliseconds: try row.integer(6) ?? 0),
                missing: try row.integer(9) == 0 ? [] : try missing(in: number, &database),
                steps: JSONValue(try row.blob(7) ?? []) ?? .array([]), error: try row.text(10), hint: try row.text(11),
                startedAt: Timestamp(milliseconds: try row.integer(12) ?? 0))
        }
        states.append(HostState(hostID: try row.text(0) ?? "", run: run))
    }
    return states
}

/// The run's number, made with its first report and shown unless a later one is.
private func run(
    of report: Report, receivedAt now: Timestamp, _ database: inout DatabaseConnection
) throws(DatabaseError) -> Int64 {
    let key: [DatabaseValue] = [.text(report.hostID), .text(report.runID)]
    let find = "SELECT id FROM runs WHERE host_id = ? AND run_id = ?"
    if let number = try database.row(find, key)?.integer(0) { return number }
    let started = report.started(receivedAt: now).milliseconds
    try database.run(
        "INSERT INTO runs (host_id, run_id, started_at, updated_at) VALUES (?, ?, ?, ?)",
        key + [.integer(started), .integer(now.milliseconds)])
    let number = try database.row(find, key)?.integer(0) ?? 0
    try database.run(
        """
        UPDATE hosts SET shown_run = ?1 WHERE id = ?2
        AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = shown_run AND started_at > ?3)
        """, [.integer(number), .text(report.hostID), .integer(started)])
    return number
}

private func show(
    _ report: Report, in run: Int64, at now: Timestamp, _ database: inout DatabaseConnection
) throws(DatabaseError) {
    try database.run(
        // Numbers count from 1: a report with 0 fills no gap.
        "UPDATE runs SET seen = seen + (?2 > 0), percent = max(percent, ?3), updated_at = ?4 WHERE id = ?1",
        [.integer(run), .integer(report.sequence), .integer(report.percent), .integer(now.milliseconds)])
    if let failure = report.failure {
        try database.run(
            "UPDATE runs SET error = ?2, hint = ?3 WHERE id = ?1",
            [.integer(run), .text(failure.error), .text(failure.hint)])
    }
    try database.run(
        """
        UPDATE runs SET highest = ?2, status = ?3, phase = ?4, message = ?5, steps = ?6 WHERE id = ?1 AND highest < ?2
        """,
        [
            .integer(run), .integer(report.sequence), .text(report.status.rawValue), .text(report.phase),
            .text(report.message), .blob(report.steps),
        ])
}

private func missing(in run: Int64, _ database: inout DatabaseConnection) throws(DatabaseError) -> [Int64] {
    guard try database.row("SELECT seen < highest FROM runs WHERE id = ?", [.integer(run)])?.integer(0) == 1 else {
        return []
    }
    let gaps = try database.rows(
        """
        SELECT before + 1, sequence - 1 FROM
            (SELECT sequence, lag(sequence, 1, 0) OVER (ORDER BY sequence) AS before FROM reports WHERE run = ?)
        WHERE sequence > before + 1 ORDER BY sequence LIMIT \(HubStore.mostMissingNamed)
        """, [.integer(run)])
    var numbers: [Int64] = []
    for gap in gaps {
        let first = try gap.integer(0) ?? 0, last = try gap.integer(1) ?? 0
        numbers.append(contentsOf: (first...max(first, last)).prefix(HubStore.mostMissingNamed - numbers.count))
    }
    return numbers
}
