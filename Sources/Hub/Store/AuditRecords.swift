internal import Database
internal import Platform

/// The log of who did what: rows are added, and the oldest go when there are too many; nothing changes one.
extension HubStore {
    /// How many are kept at most of what was done, and how many of what was refused, which strangers bring about.
    static let mostAudited = (done: Int64(100_000), refused: Int64(10_000))

    /// Within a transaction: kept if and only if what it tells of is.
    func note(
        _ act: AuditEntry.Act, _ subject: String, by actor: String = LocalActor.name, _ database: any SQLConnection
    ) throws(DatabaseError) {
        try insert(AuditEntry(actor: actor, act: act, subject: subject), database)
    }

    func note(_ entries: [AuditEntry]) throws(DatabaseError) {
        try fleet.write { database throws(DatabaseError) in
            for entry in entries { try insert(entry, database) }
        }
    }

    /// Takes the oldest away of each kind.
    func trimAudit(to most: (done: Int64, refused: Int64) = mostAudited) throws(DatabaseError) {
        try fleet.write { database throws(DatabaseError) in
            for (isRefusal, most) in [(0, most.done), (1, most.refused)] as [(Int64, Int64)] {
                try database.run(
                    """
                    DELETE FROM audit WHERE refused = ?1 AND id <=
                        (SELECT id FROM audit WHERE refused = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)
                    """, [.integer(isRefusal), .integer(most)])
            }
        }
    }

    /// The newest, the oldest of them first.
    func audit(last count: Int64) throws(DatabaseError) -> [AuditEntry] {
        try fleet.read { database throws(DatabaseError) in
            let rows = try database.rows(
                "SELECT noted_at, actor, act, subject, address, times FROM audit ORDER BY id DESC LIMIT ?",
                [.integer(count)])
            var entries: [AuditEntry] = []
            for row in rows.reversed() {
                // What a newer version wrote is passed over.
                guard let act = try row.text(2).flatMap({ AuditEntry.Act(rawValue: $0) }) else { continue }
                entries.append(
                    AuditEntry(
                        time: Timestamp(milliseconds: try row.integer(0) ?? 0), actor: try row.text(1) ?? "", act: act,
                        subject: try row.text(3) ?? "", address: try row.text(4), times: try row.integer(5) ?? 1))
            }
            return entries
        }
    }

    private func insert(_ entry: AuditEntry, _ database: any SQLConnection) throws(DatabaseError) {
        try database.run(
            """
            INSERT INTO audit (noted_at, actor, act, subject, address, times, refused) VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .integer(entry.time.milliseconds), .text(entry.actor), .text(entry.act.rawValue), .text(entry.subject),
                .text(entry.address), .integer(entry.times), .integer(entry.act.isRefusal ? 1 : 0),
            ])
    }
}
