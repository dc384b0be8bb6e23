internal import Database
internal import Digests
internal import Platform

/// Hosts and their configs.
extension HubStore {
    /// Adds a host with its first token; nil when it is there already.
    func addHost(
        _ id: HostID, config: [UInt8]?, signature: [UInt8]? = nil, tokenLives lifetime: TokenLifetime? = nil
    ) throws(DatabaseError) -> BearerToken? {
        let token = BearerToken.random()
        return try fleet.write { database throws(DatabaseError) in
            let added = try database.run(
                """
                INSERT INTO hosts (id, config, config_signature, config_digest, added_at, config_set_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?5)
                ON CONFLICT DO NOTHING
                """,
                [
                    .text(id.name), .blob(config), .blob(signature), .text(config.map { Digest.of($0).hex }),
                    .integer(Timestamp.now().milliseconds),
                ])
            guard added == 1 else { return nil }
            try insert(token, of: id, lives: lifetime, database)
            try note(.hostAdded, id.name, database)
            return token
        }
    }

    /// Gives a host a new config with its signature; false when there is no such host.
    func setConfig(_ config: [UInt8], signature: [UInt8]? = nil, of id: HostID) throws(DatabaseError) -> Bool {
        try fleet.write { database throws(DatabaseError) in
            let changed = try database.run(
                "UPDATE hosts SET config = ?, config_signature = ?, config_digest = ?, config_set_at = ? WHERE id = ?",
                [
                    .blob(config), .blob(signature), .text(Digest.of(config).hex),
                    .integer(Timestamp.now().milliseconds), .text(id.name),
                ])
            if changed == 1 { try note(.configChanged, id.name, database) }
            return changed == 1
        }
    }

    /// Puts a signature beside a host's config, unless that is another by now.
    func setSignature(_ signature: [UInt8], of config: [UInt8], _ id: HostID) throws(DatabaseError) -> Bool {
        try fleet.write { database throws(DatabaseError) in
            let changed = try database.run(
                "UPDATE hosts SET config_signature = ? WHERE id = ? AND config = ?",
                [.blob(signature), .text(id.name), .blob(config)])
            if changed == 1 { try note(.configSigned, id.name, database) }
            return changed == 1
        }
    }

    /// Forgets a host with its tokens, config, runs and reports; false when there is no such host.
    func removeHost(_ id: HostID) throws(DatabaseError) -> Bool {
        let name: [DatabaseValue] = [.text(id.name)]
        return try fleet.write { database throws(DatabaseError) in
            // First the tokens: nothing more is to come in.
            try database.run("DELETE FROM join_tokens WHERE host_id = ?", name)
            try database.run("DELETE FROM tokens WHERE host_id = ?", name)
            try database.run("DELETE FROM check_ins WHERE host_id = ?", name)
            try database.run("UPDATE hosts SET shown_run = NULL WHERE id = ?", name)
            try database.run("DELETE FROM reports WHERE run IN (SELECT id FROM runs WHERE host_id = ?)", name)
            try database.run("DELETE FROM runs WHERE host_id = ?", name)
            guard try database.run("DELETE FROM hosts WHERE id = ?", name) == 1 else { return false }
            try database.run("DELETE FROM secrets WHERE owner = ?", [.text(SecretOwner.host(id).text)])
            try database.run("DELETE FROM secrets_given WHERE host_id = ?", name)
            try note(.hostRemoved, id.name, database)
            return true
        }
    }

    /// Gives configs that an older version kept the digest that this one looks them up by.
    func digestOldConfigs() throws(DatabaseError) {
        try fleet.write { database throws(DatabaseError) in
            let old = "SELECT id, config FROM hosts WHERE config IS NOT NULL AND config_digest IS NULL"
            for row in try database.rows(old) {
                let digest = Digest.of(try row.blob(1) ?? []).hex
                try database.run(
                    "UPDATE hosts SET config_digest = ? WHERE id = ?", [.text(digest), .text(try row.text(0))])
            }
        }
    }

    /// Changes a host's labels; all that it has then, or nil when there is no such host.
    func label(_ id: HostID, _ changes: [LabelChange]) throws(DatabaseError) -> HostLabels? {
        try fleet.write { database throws(DatabaseError) in
            // Who changes them at the same time at another hub waits.
            try database.run("UPDATE hosts SET labels = labels WHERE id = ?", [.text(id.name)])
            let row = try database.row("SELECT labels FROM hosts WHERE id = ?", [.text(id.name)])
            guard let row else { return nil }
            var labels = HostLabels(stored: try row.text(0) ?? "")
            labels.apply(changes)
            try database.run("UPDATE hosts SET labels = ? WHERE id = ?", [.text(labels.text), .text(id.name)])
            try note(.labelsChanged, id.name, database)
            return labels
        }
    }

    /// The hosts of a group with their records, by name.
    func records(of group: HostGroup) throws(DatabaseError) -> [(HostID, HostRecord)] {
        try fleet.read { database throws(DatabaseError) in
            var records: [(HostID, HostRecord)] = []
            for row in try database.rows("SELECT id, labels, config, config_signature FROM hosts") {
                guard group.contains(HostLabels(stored: try row.text(1) ?? "")),
                    let id = try? HostID(try row.text(0) ?? "")
                else { continue }
                records.append((id, HostRecord(config: try row.blob(2), signature: try row.blob(3))))
            }
            return records.sorted { $0.0.name < $1.0.name }
        }
    }

    /// What a host's record holds.
    struct HostRecord: Sendable {
        let config: [UInt8]?
        /// Of the config, made where the key is.
        let signature: [UInt8]?
    }

    /// A host's record; nil when there is no such host.
    func record(of id: HostID) throws(DatabaseError) -> HostRecord? {
        try fleet.read { database throws(DatabaseError) in
            let row = try database.row("SELECT config, config_signature FROM hosts WHERE id = ?", [.text(id.name)])
            guard let row else { return nil }
            return HostRecord(config: try row.blob(0), signature: try row.blob(1))
        }
    }
}
