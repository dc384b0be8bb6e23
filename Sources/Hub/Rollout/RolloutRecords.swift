internal import Database
internal import Platform

/// Roll-outs, and what each gives to which host.
extension HubStore {
    /// What a host of a roll-out has, and is to have.
    struct NewConfig: Sendable {
        let host: HostID
        let old: HostRecord, new: HostRecord
        let oldDigest: String, newDigest: String
    }

    /// So many that have ended are kept.
    private static let mostEnded = 100

    /// Keeps a roll-out that begins with the next move; a host that is in one which is open already is named instead.
    func begin(_ plan: Rollout.Plan, _ hosts: [NewConfig]) throws(DatabaseError) -> Result<Int64, BusyHost> {
        try fleet.write { database throws(DatabaseError) in
            let id =
                try database.row(
                    """
                    INSERT INTO rollouts (change, host_group, waves, soak, within, most_failed, time_window, started_at, started_by,
                        status, reason, waves_begun, revision)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'running', '', 0, 0) RETURNING id
                    """,
                    [
                        .text(plan.change), .text(plan.group),
                        .text(plan.waves.map(String.init).joined(separator: ",")),
                        .integer(plan.soak.milliseconds), .integer(plan.within.milliseconds),
                        .integer(Int64(plan.mostFailed)), .text(plan.window), .integer(Timestamp.now().milliseconds),
                        .text(LocalActor.name),
                    ])?.integer(0) ?? 0
            // By name, or two that begin at once might wait for each other.
            let ordered = hosts.enumerated().sorted { $0.element.host.name < $1.element.host.name }
            let added = try database.rows(
                """
                INSERT INTO rollout_hosts (rollout, host_id, held_host, position, old_config, old_signature, old_digest,
                    new_config, new_signature, new_digest, was_well, forgiven)
                VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, 0) ON CONFLICT DO NOTHING RETURNING host_id
                """,
                each: ordered.map { position, host in
                    [
                        .integer(id), .text(host.host.name), .integer(Int64(position)), .blob(host.old.config),
                        .blob(host.old.signature), .text(host.oldDigest), .blob(host.new.config),
                        .blob(host.new.signature), .text(host.newDigest),
                    ]
                })
            if let held = zip(ordered, added).first(where: { $1.isEmpty })?.0.element.host {
                let other = try database.row(
                    "SELECT rollout FROM rollout_hosts WHERE held_host = ?", [.text(held.name)])?.integer(0)
                try Self.forget([id], database)
                return .failure(BusyHost(host: held.name, rollout: other ?? 0))
            }
            let old = try database.rows(
                """
                SELECT id FROM rollouts WHERE ended_at IS NOT NULL AND id NOT IN
                    (SELECT id FROM rollouts WHERE ended_at IS NOT NULL ORDER BY id DESC LIMIT \(Self.mostEnded))
                """)
            try Self.forget(try old.map { (row) throws(DatabaseError) in try row.integer(0) ?? 0 }, database)
            try note(.rolloutStarted, "rollout \(id)", database)
            return .success(id)
        }
    }

    /// Why a roll-out cannot begin.
    struct BusyHost: Error {  // not told: RolloutError has its words.
        let host: String
        let rollout: Int64
    }

    private static func forget(_ ids: [Int64], _ database: any SQLConnection) throws(DatabaseError) {
        for id in ids {
            try database.run("DELETE FROM rollout_hosts WHERE rollout = ?", [.integer(id)])
            try database.run("DELETE FROM rollouts WHERE id = ?", [.integer(id)])
        }
    }

    // MARK: Reading

    private static let columns = """
        SELECT id, change, host_group, waves, soak, within, most_failed, time_window, started_at, started_by, status, reason,
            waves_begun, well_since, ended_at, revision FROM rollouts
        """

    /// All that are known, the newest first; or those alone that are open.
    func rollouts(open: Bool = false) throws(DatabaseError) -> [Rollout] {
        try fleet.read { database throws(DatabaseError) in
            try database.rows(Self.columns + (open ? " WHERE ended_at IS NULL" : "") + " ORDER BY id DESC")
                .map(Self.rollout)
        }
    }

    /// One, with its hosts in their order and what is known of those that were given it; nil when there is none.
    func rollout(_ id: Int64, silenceFrom start: Timestamp) throws(DatabaseError) -> (
        Rollout, [(RolloutHost, HostState?)]
    )? {
        try fleet.read { database throws(DatabaseError) in
            let row = try database.row(Self.columns + " WHERE id = ?", [.integer(id)])
            guard let rollout = try row.map(Self.rollout) else { return nil }
            let hosts = try database.rows(
                """
                SELECT host_id, position, old_digest, new_digest, given_at, was_well, forgiven, outcome,
                    outcome_reason
                FROM rollout_hosts
                WHERE rollout = ? ORDER BY position
                """, [.integer(id)]
            ).map(Self.host)
            let rows = try database.rows(
                HostStateRow.query(details: false)
                    + " WHERE hosts.id IN (SELECT host_id FROM rollout_hosts WHERE rollout = ? AND given_at IS NOT NULL)",
                [.integer(id)])
            let states = try rows.map { (row) throws(DatabaseError) in
                try HostStateRow(row).state(silenceFrom: start, database)
            }
            let byName = Dictionary(states.map { ($0.hostID, $0) }, uniquingKeysWith: { $1 })
            return (rollout, hosts.map { ($0, byName[$0.name]) })
        }
    }

    private static func rollout(_ row: DatabaseRow) throws(DatabaseError) -> Rollout {
        let plan = Rollout.Plan(
            change: try row.text(1) ?? "", group: try row.text(2) ?? "",
            waves: (try row.text(3) ?? "").parts(at: ",").compactMap { Int($0) },
            soak: TimeSpan(milliseconds: try row.integer(4) ?? 0),
            within: TimeSpan(milliseconds: try row.integer(5) ?? 0), mostFailed: Int(try row.integer(6) ?? 0),
            window: try row.text(7))
        return Rollout(
            id: try row.integer(0) ?? 0, plan: plan, startedAt: Timestamp(milliseconds: try row.integer(8) ?? 0),
            startedBy: try row.text(9) ?? "",
            // What a newer version wrote is not moved by this one.
            status: Rollout.Status(rawValue: try row.text(10) ?? "") ?? .paused, reason: try row.text(11) ?? "",
            wavesBegun: Int(try row.integer(12) ?? 0),
            wellSince: try row.integer(13).map(Timestamp.init(milliseconds:)),
            endedAt: try row.integer(14).map(Timestamp.init(milliseconds:)), revision: try row.integer(15) ?? 0)
    }

    private static func host(_ row: DatabaseRow) throws(DatabaseError) -> RolloutHost {
        RolloutHost(
            name: try row.text(0) ?? "", position: Int(try row.integer(1) ?? 0), oldDigest: try row.text(2) ?? "",
            newDigest: try row.text(3) ?? "", givenAt: try row.integer(4).map(Timestamp.init(milliseconds:)),
            wasWell: try row.integer(5) == 1, isForgiven: try row.integer(6) == 1,
            last: try row.text(7).flatMap(RolloutOutcome.Kind.init).map { (kind) throws(DatabaseError) in
                RolloutOutcome(kind: kind, reason: try row.text(8) ?? "")
            })
    }

    // MARK: Changing

    /// Writes a changed roll-out, and what `body` does besides; false when somebody else moved it since it was read.
    @discardableResult
    func change(
        _ rollout: Rollout, _ act: AuditEntry.Act?, by actor: String,
        _ body: (any SQLConnection) throws(DatabaseError) -> Void = { _ in }
    ) throws(DatabaseError) -> Bool {
        try fleet.write { database throws(DatabaseError) in
            let changed = try database.run(
                """
                UPDATE rollouts SET status = ?, reason = ?, waves_begun = ?, well_since = ?, ended_at = ?,
                    revision = revision + 1
                WHERE id = ? AND revision = ?
                """,
                [
                    .text(rollout.status.rawValue), .text(rollout.reason), .integer(Int64(rollout.wavesBegun)),
                    .integer(rollout.wellSince?.milliseconds), .integer(rollout.endedAt?.milliseconds),
                    .integer(rollout.id), .integer(rollout.revision),
                ])
            guard changed == 1 else { return false }
            try body(database)
            // What it would take to go back is of no use any more.
            if rollout.endedAt != nil {
                try database.run(
                    """
                    UPDATE rollout_hosts SET held_host = NULL, old_config = NULL, old_signature = NULL, new_config = NULL,
                        new_signature = NULL WHERE rollout = ?
                    """, [.integer(rollout.id)])
            }
            if let act { try note(act, "rollout \(rollout.id)", by: actor, database) }
            return true
        }
    }

    /// Gives hosts their new configs, unless somebody has given them another one since the roll-out was begun.
    func give(
        _ rollout: Int64, _ positions: Range<Int>, at now: Timestamp, _ database: any SQLConnection
    ) throws(DatabaseError) {
        let which = "rollout = ?1 AND position >= ?3 AND position < ?4"
        let values: [DatabaseValue] = [
            .integer(rollout), .integer(now.milliseconds), .integer(Int64(positions.lowerBound)),
            .integer(Int64(positions.upperBound)),
        ]
        // Whoever has signed the present config meanwhile has signed what an abort gives back.
        try database.run(
            """
            UPDATE rollout_hosts SET given_at = ?2, old_signature = coalesce((SELECT config_signature FROM hosts
                WHERE hosts.id = host_id AND config_digest = old_digest), old_signature)
            WHERE \(which)
            """, values)
        try exchange("old", for: "new", of: which, values, database)
    }

    /// Gives hosts back what they had, unless they were given something else since.
    func giveBack(_ rollout: Int64, at now: Timestamp, _ database: any SQLConnection) throws(DatabaseError) {
        try exchange(
            "new", for: "old", of: "rollout = ?1 AND given_at IS NOT NULL",
            [.integer(rollout), .integer(now.milliseconds)], database)
    }

    /// Of hosts that have the one config still, with a line of the audit log for each.
    private func exchange(
        _ one: String, for other: String, of which: String, _ values: [DatabaseValue], _ database: any SQLConnection
    ) throws(DatabaseError) {
        try database.run(
            """
            INSERT INTO audit (noted_at, actor, act, subject, address, times, refused)
            SELECT ?2, 'rollout ' || ?1, '\(AuditEntry.Act.configChanged.rawValue)', host_id, NULL, 1, 0
            FROM rollout_hosts WHERE \(which)
                AND EXISTS (SELECT 1 FROM hosts WHERE hosts.id = host_id AND config_digest = \(one)_digest)
            """, values)
        try database.run(
            """
            UPDATE hosts SET config = \(other)_config, config_signature = \(other)_signature,
                config_digest = \(other)_digest, config_set_at = ?2
            FROM rollout_hosts WHERE hosts.id = host_id AND config_digest = \(one)_digest AND \(which)
            """, values)
    }

    /// They were seen to be in sync.
    func noteWell(_ hosts: [String], of rollout: Int64) throws(DatabaseError) {
        try fleet.write { database throws(DatabaseError) in
            _ = try database.rows(
                "UPDATE rollout_hosts SET was_well = 1 WHERE rollout = ? AND host_id = ?",
                each: hosts.map { [.integer(rollout), .text($0)] })
        }
    }

    /// How the hosts stand at the end.
    func keep(
        _ outcomes: [(host: RolloutHost, outcome: RolloutOutcome)], of rollout: Int64, _ database: any SQLConnection
    ) throws(DatabaseError) {
        _ = try database.rows(
            "UPDATE rollout_hosts SET outcome = ?, outcome_reason = ? WHERE rollout = ? AND host_id = ?",
            each: outcomes.map { host, outcome in
                [.text(outcome.word), .text(outcome.reason), .integer(rollout), .text(host.name)]
            })
    }

    /// What failed until now counts no more.
    func forgive(_ rollout: Int64, _ hosts: [String], _ database: any SQLConnection) throws(DatabaseError) {
        _ = try database.rows(
            "UPDATE rollout_hosts SET forgiven = 1 WHERE rollout = ? AND host_id = ?",
            each: hosts.map { [.integer(rollout), .text($0)] })
    }
}
