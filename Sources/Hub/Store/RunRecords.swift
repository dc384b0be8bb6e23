internal import Database
internal import JSON
internal import Platform

/// Runs and their reports.
extension HubStore {
    /// At most so many missing sequence numbers are named in one answer.
    static var mostMissingNamed: Int { 1000 }

    /// How many runs of a host are kept, with all their reports: a new one takes the place of the oldest.
    static var mostRuns: Int { 50 }

    /// Keeps a report, unless it is there already, and tells which ones before it have not come.
    ///
    /// A run's state is that of its highest sequence, and its percent the highest ever reported. The shown run of a
    /// host is the one that started last; a run's start is its first report's, see ``Report/started(receivedAt:)``.
    ///
    /// All of them in one transaction; the answers are in the reports' order.
    func accept(_ reports: [Report], receivedAt now: Timestamp = .now()) throws(DatabaseError) -> [[Int64]] {
        if server != nil { return try acceptShared(reports, receivedAt: now) }
        return try fleet.write { database throws(DatabaseError) in
            var answers: [[Int64]] = []
            for report in reports {
                let run = try run(of: report, receivedAt: now, database)
                let added = try database.run(
                    "INSERT OR IGNORE INTO reports (run, sequence, received_at, events) VALUES (?, ?, ?, ?)",
                    [
                        .integer(run), .integer(report.sequence), .integer(now.milliseconds),
                        .blob(report.events),
                    ])
                if added == 1 {
                    try show(report, in: run, at: now, database)
                    if report.run != nil { try Self.note(report, database) }
                }
                let hasGaps =
                    try database.row("SELECT 1 FROM runs WHERE id = ? AND seen < highest", [.integer(run)]) != nil
                answers.append(hasGaps ? try Self.missing(in: run, database) : [])
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
        try fleet.read { database throws(DatabaseError) in
            // Sorted here: each server has an order of its own for text.
            try states(try database.rows(HostStateRow.query(details: false)), database)
                .sorted { $0.hostID < $1.hostID }
        }
    }

    /// Some hosts with the state of their shown runs.
    func hosts(named names: Set<String>) throws(DatabaseError) -> [HostState] {
        try fleet.read { database throws(DatabaseError) in
            let rows = try database.rows(
                HostStateRow.query(details: false) + " WHERE hosts.id = ?", each: names.sorted().map { [.text($0)] })
            return try states(rows.flatMap { $0 }, database)
        }
    }

    /// The latest events that a run told of, oldest first, as JSON; those of some reports at least.
    func latestEvents(of id: HostID, run name: String) throws(DatabaseError) -> [UInt8] {
        try fleet.read { database throws(DatabaseError) in
            let rows = try database.rows(
                """
                SELECT events FROM reports JOIN runs ON runs.id = run WHERE host_id = ? AND run_id = ?
                    AND length(events) > 2
                ORDER BY sequence DESC LIMIT 200
                """, [.text(id.name), .text(name)])
            var events: [ArraySlice<UInt8>] = []
            for row in rows.reversed() { events += (try? JSONReader.elements(of: try row.blob(0) ?? [])) ?? [] }
            return [UInt8(ascii: "[")] + events.suffix(2000).joined(separator: ",".utf8) + [UInt8(ascii: "]")]
        }
    }

    /// What one report told of, as JSON; nil when there is no such report.
    func events(of host: String, run: String, sequence: Int64) throws(DatabaseError) -> [UInt8]? {
        try fleet.read { database throws(DatabaseError) in
            try database.row(
                """
                SELECT events FROM reports JOIN runs ON runs.id = run
                WHERE host_id = ? AND run_id = ? AND sequence = ?
                """, [.text(host), .text(run), .integer(sequence)])?.blob(0)
        }
    }

    /// How many hosts there are of each status, and how they stand.
    func counts() throws(DatabaseError) -> [(status: String, standing: HostState.Standing, hosts: Int64)] {
        var counts: [String: [HostState.Standing: Int64]] = [:]
        for host in try hosts() {
            let standing = host.standing()
            counts[host.run?.status ?? HostState.Standing.waiting.rawValue, default: [:]][standing, default: 0] += 1
        }
        return counts.flatMap { status, standings in standings.map { (status, $0.key, $0.value) } }
    }

    /// One host with the state of its shown run; nil when there is no such host.
    func state(of id: HostID) throws(DatabaseError) -> HostState? {
        try fleet.read { database throws(DatabaseError) in
            let rows = try database.rows(HostStateRow.query(details: true) + " WHERE hosts.id = ?", [.text(id.name)])
            return try states(rows, database).first
        }
    }

    private func states(_ rows: [DatabaseRow], _ database: any SQLConnection) throws(DatabaseError) -> [HostState] {
        try rows.map { (row) throws(DatabaseError) in
            try HostStateRow(row).state(silenceFrom: silenceCountsFrom, database)
        }
    }

    /// What a run's first report says of the run.
    static func note(_ report: Report, _ database: any SQLConnection) throws(DatabaseError) {
        guard let run = report.run else { return }
        try database.run(
            """
            UPDATE runs SET config_digest = ?, agent_version = ?, heartbeat = ?, schedule = ?, elsewhere = ?
            WHERE host_id = ? AND run_id = ?
            """,
            [
                .text(run.configDigest), .text(run.agentVersion), .integer(run.heartbeat), .integer(run.schedule),
                .integer(run.isElsewhere ? 1 : 0), .text(report.hostID), .text(report.runID),
            ])
    }

    /// The numbers below the highest that have not come, as many as an answer names; for a run of which some have not.
    static func missing(
        in run: Int64, _ database: any SQLConnection
    ) throws(DatabaseError) -> [Int64] {
        let gaps = try database.rows(
            """
            SELECT previous + 1, sequence - 1 FROM
                (SELECT sequence, lag(sequence, 1, CAST(0 AS BIGINT)) OVER (ORDER BY sequence) AS previous
                FROM reports WHERE run = ?) AS pairs
            WHERE sequence > previous + 1 ORDER BY sequence LIMIT \(mostMissingNamed)
            """, [.integer(run)])
        var numbers: [Int64] = []
        for gap in gaps {
            let first = try gap.integer(0) ?? 0, last = try gap.integer(1) ?? 0
            numbers.append(contentsOf: (first...max(first, last)).prefix(mostMissingNamed - numbers.count))
        }
        return numbers
    }
}

/// The run's number, made with its first report and shown unless a later one is.
private func run(
    of report: Report, receivedAt now: Timestamp, _ database: any SQLConnection
) throws(DatabaseError) -> Int64 {
    let key: [DatabaseValue] = [.text(report.hostID), .text(report.runID)]
    let find = "SELECT id FROM runs WHERE host_id = ? AND run_id = ?"
    if let number = try database.row(find, key)?.integer(0) { return number }
    let started = report.started(receivedAt: now).milliseconds
    try forgetOldRuns(of: report.hostID, database)
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

/// Makes room for one more; the shown one is the newest, and stays.
private func forgetOldRuns(of host: String, _ database: any SQLConnection) throws(DatabaseError) {
    let old = """
        SELECT id FROM runs WHERE host_id = ?1 AND id NOT IN
            (SELECT id FROM runs WHERE host_id = ?1 ORDER BY started_at DESC, id DESC LIMIT \(HubStore.mostRuns - 1))
        """
    for row in try database.rows(old, [.text(host)]) {
        let run = [DatabaseValue.integer(try row.integer(0))]
        try database.run("DELETE FROM reports WHERE run = ?", run)
        try database.run("DELETE FROM runs WHERE id = ?", run)
    }
}

private func show(
    _ report: Report, in run: Int64, at now: Timestamp, _ database: any SQLConnection
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
