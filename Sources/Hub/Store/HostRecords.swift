internal import Database
internal import Platform

/// Hosts and their tokens.
extension HubStore {
    /// Adds a host with its first token; nil when it is there already.
    func addHost(_ id: HostID, config: [UInt8]?) throws(DatabaseError) -> BearerToken? {
        let token = BearerToken.random()
        return try fleet.write { database throws(DatabaseError) in
            let added = try database.run(
                "INSERT INTO hosts (id, config, added_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [.text(id.name), .blob(config), .integer(Timestamp.now().milliseconds)])
            guard added == 1 else { return nil }
            try insert(token, of: id, database)
            return token
        }
    }

    /// Gives a host a new config; false when there is no such host.
    func setConfig(_ config: [UInt8], of id: HostID) throws(DatabaseError) -> Bool {
        try fleet.write { database throws(DatabaseError) in
            try database.run("UPDATE hosts SET config = ? WHERE id = ?", [.blob(config), .text(id.name)]) == 1
        }
    }

    /// Gives a host one more token; those before it stay valid.
    ///
    /// Nil when there is no such host.
    func issueToken(for id: HostID) throws(DatabaseError) -> BearerToken? {
        let token = BearerToken.random()
        return try fleet.write { database throws(DatabaseError) in
            guard try database.row("SELECT 1 FROM hosts WHERE id = ?", [.text(id.name)]) != nil else { return nil }
            try insert(token, of: id, database)
            return token
        }
    }

    /// The host that a token belongs to; nil for a wrong one.
    func host(bearing token: BearerToken) throws(DatabaseError) -> String? {
        try fleet.read { database throws(DatabaseError) in
            guard
                let row = try database.row(
                    "SELECT host_id, secret_hash FROM tokens WHERE selector = ?", [.text(token.selector)]),
                token.matches(try row.blob(1) ?? [])
            else { return nil }
            return try row.text(0)
        }
    }

    /// How many tokens of each host are valid.
    func tokenCounts() throws(DatabaseError) -> [String: Int64] {
        try fleet.read { database throws(DatabaseError) in
            var counts: [String: Int64] = [:]
            for row in try database.rows("SELECT host_id, count(*) FROM tokens GROUP BY host_id") {
                if let name = try row.text(0) { counts[name] = try row.integer(1) }
            }
            return counts
        }
    }

    /// Makes a host's tokens worthless, and gives it one in their place; nil when there is no such host.
    func replaceTokens(of id: HostID) throws(DatabaseError) -> (revoked: Int, new: BearerToken)? {
        let token = BearerToken.random()
        return try fleet.write { database throws(DatabaseError) in
            guard try database.row("SELECT 1 FROM hosts WHERE id = ?", [.text(id.name)]) != nil else { return nil }
            let revoked = try database.run("DELETE FROM tokens WHERE host_id = ?", [.text(id.name)])
            try insert(token, of: id, database)
            return (revoked, token)
        }
    }

    /// Forgets a host with its tokens, config, runs and reports; false when there is no such host.
    func removeHost(_ id: HostID) throws(DatabaseError) -> Bool {
        let name: [DatabaseValue] = [.text(id.name)]
        return try fleet.write { database throws(DatabaseError) in
            // First the tokens: nothing more is to come in.
            try database.run("DELETE FROM tokens WHERE host_id = ?", name)
            try database.run("UPDATE hosts SET shown_run = NULL WHERE id = ?", name)
            try database.run("DELETE FROM reports WHERE run IN (SELECT id FROM runs WHERE host_id = ?)", name)
            try database.run("DELETE FROM runs WHERE host_id = ?", name)
            return try database.run("DELETE FROM hosts WHERE id = ?", name) == 1
        }
    }

    /// What a host's record holds.
    struct HostRecord: Sendable {
        let config: [UInt8]?
    }

    /// A host's record; nil when there is no such host.
    func record(of id: HostID) throws(DatabaseError) -> HostRecord? {
        try fleet.read { database throws(DatabaseError) in
            let row = try database.row("SELECT config FROM hosts WHERE id = ?", [.text(id.name)])
            guard let row else { return nil }
            return HostRecord(config: try row.blob(0))
        }
    }
}

private func insert(
    _ token: BearerToken, of id: HostID, _ database: any SQLConnection
) throws(DatabaseError) {
    try database.run(
        "INSERT INTO tokens (selector, host_id, secret_hash, issued_at) VALUES (?, ?, ?, ?)",
        [.text(token.selector), .text(id.name), .blob(token.secretHash), .integer(Timestamp.now().milliseconds)])
}
