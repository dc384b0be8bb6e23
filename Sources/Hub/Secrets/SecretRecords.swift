internal import Database
internal import Platform

/// Hosts' secrets, and who has been given which.
extension HubStore {
    /// All of a name, or all there are, by name and owner.
    func secrets(named name: String? = nil) throws(DatabaseError) -> [SecretRecord] {
        try fleet.read { database throws(DatabaseError) in try Self.secrets(named: name, database) }
    }

    private static func secrets(
        named name: String?, _ database: any SQLConnection
    ) throws(DatabaseError) -> [SecretRecord] {
        let columns = "SELECT name, owner, revision, encrypted, set_at, set_by FROM secrets"
        let rows =
            if let name { try database.rows("\(columns) WHERE name = ? ORDER BY owner", [.text(name)]) } else {
                try database.rows("\(columns) ORDER BY name, owner")
            }
        var records: [SecretRecord] = []
        for row in rows {
            guard let owner = SecretOwner(stored: try row.text(1) ?? "") else { continue }
            records.append(
                SecretRecord(
                    name: try row.text(0) ?? "", owner: owner, revision: try row.text(2) ?? "",
                    encrypted: try row.blob(3) ?? [], setAt: Timestamp(milliseconds: try row.integer(4) ?? 0),
                    setBy: try row.text(5) ?? ""))
        }
        return records
    }

    /// In place of the one that this owner had of the name.
    func keep(_ secret: SecretRecord) throws(DatabaseError) {
        try fleet.write { database throws(DatabaseError) in
            try database.run(
                """
                INSERT INTO secrets (name, owner, revision, encrypted, set_at, set_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                ON CONFLICT (name, owner) DO UPDATE SET revision = ?3, encrypted = ?4, set_at = ?5, set_by = ?6
                """,
                [
                    .text(secret.name), .text(secret.owner.text), .text(secret.revision), .blob(secret.encrypted),
                    .integer(secret.setAt.milliseconds), .text(secret.setBy),
                ])
            try note(.secretSet, secret.title, database)
        }
    }

    /// Whether there was one.
    func removeSecret(_ name: String, of owner: SecretOwner) throws(DatabaseError) -> Bool {
        try fleet.write { database throws(DatabaseError) in
            let words: [DatabaseValue] = [.text(name), .text(owner.text)]
            guard try database.run("DELETE FROM secrets WHERE name = ? AND owner = ?", words) == 1 else { return false }
            try note(.secretRemoved, "\(name) for \(owner.text)", database)
            return true
        }
    }

    /// What a host has of a name.
    enum SecretChoice: Sendable {
        case none, one(SecretRecord)
        /// Groups that mean it equally closely.
        case several([SecretRecord])
    }

    /// The secret of a name that is a host's; of one that is not there yet, as if it had no labels.
    func secret(named name: String, for id: HostID) throws(DatabaseError) -> SecretChoice {
        try fleet.read { database throws(DatabaseError) in
            let row = try database.row("SELECT labels FROM hosts WHERE id = ?", [.text(id.name)])
            let labels = HostLabels(stored: try row?.text(0) ?? "")
            let records = try Self.secrets(named: name, database)
            let close = records.compactMap { record in
                record.owner.closeness(to: id, labels).map { (closeness: $0, record: record) }
            }
            guard let most = close.map(\.closeness).max() else { return .none }
            let closest = close.filter { $0.closeness == most }.map(\.record)
            return closest.count == 1 ? .one(closest[0]) : .several(closest)
        }
    }

    /// Remembers that a host has this one; whether that is new.
    func gave(_ secret: SecretRecord, to id: HostID, at now: Timestamp = .now()) throws(DatabaseError) -> Bool {
        let key: [DatabaseValue] = [.text(id.name), .text(secret.name)]
        let known = try fleet.read { database throws(DatabaseError) in
            try database.row("SELECT revision FROM secrets_given WHERE host_id = ? AND name = ?", key)?.text(0)
        }
        if known == secret.revision { return false }
        try fleet.write { database throws(DatabaseError) in
            try database.run(
                """
                INSERT INTO secrets_given (host_id, name, revision, given_at) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT (host_id, name) DO UPDATE SET revision = ?3, given_at = ?4
                """, key + [.text(secret.revision), .integer(now.milliseconds)])
        }
        return true
    }

    /// How many hosts were given which revision last.
    func hostsGivenSecrets() throws(DatabaseError) -> [String: Int64] {
        try fleet.read { database throws(DatabaseError) in
            var counts: [String: Int64] = [:]
            for row in try database.rows("SELECT revision, count(*) FROM secrets_given GROUP BY revision") {
                counts[try row.text(0) ?? ""] = try row.integer(1)
            }
            return counts
        }
    }
}
