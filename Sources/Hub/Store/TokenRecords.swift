internal import Database
internal import Platform

/// Hosts' tokens: issued, seen, rotated, revoked, expired.
extension HubStore {
    /// How long a token that is being replaced goes on working, when the new one is not seen.
    static let rotationLimit = TokenLifetime(hours: 7 * 24)

    /// Gives a host one more token; those before it stay valid.
    ///
    /// Nil when there is no such host.
    func issueToken(for id: HostID, lives lifetime: TokenLifetime? = nil) throws(DatabaseError) -> BearerToken? {
        let token = BearerToken.random()
        return try fleet.write { database throws(DatabaseError) in
            guard try isThere(id, database) else { return nil }
            try insert(token, of: id, lives: lifetime, database)
            try note(.tokenIssued, id.name, database)
            return token
        }
    }

    /// Gives a host a new token; those before it end with the new one's first report, or with ``rotationLimit``.
    ///
    /// Nil when there is no such host.
    func rotateTokens(of id: HostID, lives lifetime: TokenLifetime? = nil) throws(DatabaseError) -> BearerToken? {
        let token = BearerToken.random()
        let limit = Timestamp.now().milliseconds + Self.rotationLimit.milliseconds
        return try fleet.write { database throws(DatabaseError) in
            guard try isThere(id, database) else { return nil }
            try database.run(
                """
                UPDATE tokens SET replaced_by = ?2,
                    expires_at = CASE WHEN expires_at IS NULL OR expires_at > ?3 THEN ?3 ELSE expires_at END
                WHERE host_id = ?1
                """, [.text(id.name), .text(token.selector), .integer(limit)])
            try insert(token, of: id, lives: lifetime, isAwaited: true, database)
            try note(.tokensRotated, id.name, database)
            return token
        }
    }

    /// Makes a host's tokens worthless, and gives it one in their place; nil when there is no such host.
    func replaceTokens(
        of id: HostID, lives lifetime: TokenLifetime? = nil
    ) throws(DatabaseError) -> (revoked: Int, new: BearerToken)? {
        let token = BearerToken.random()
        return try fleet.write { database throws(DatabaseError) in
            guard try isThere(id, database) else { return nil }
            try database.run("DELETE FROM join_tokens WHERE host_id = ?", [.text(id.name)])
            let revoked = try database.run("DELETE FROM tokens WHERE host_id = ?", [.text(id.name)])
            try insert(token, of: id, lives: lifetime, database)
            try note(.tokensRevoked, id.name, database)
            return (revoked, token)
        }
    }

    /// Whose a valid token is.
    struct TokenOwner: Sendable {
        let host: String
        /// Its first report is to be told to ``sawReport(with:)``.
        let isAwaited: Bool
    }

    /// The host that a token belongs to; nil for a wrong one, and for one whose time is over.
    func host(bearing token: BearerToken) throws(DatabaseError) -> TokenOwner? {
        try fleet.read { database throws(DatabaseError) in
            let row = try database.row(
                "SELECT host_id, secret_hash, expires_at, awaited FROM tokens WHERE selector = ?",
                [.text(token.selector)])
            guard let row, token.matches(try row.blob(1) ?? []), let host = try row.text(0) else { return nil }
            if let end = try row.integer(2), end <= Timestamp.now().milliseconds { return nil }
            return TokenOwner(host: host, isAwaited: try row.integer(3) == 1)
        }
    }

    /// A report came with a token that was waited for: what it replaces ends, and so does the join token that gave it out.
    func sawReport(with token: BearerToken) throws(DatabaseError) {
        let selector: [DatabaseValue] = [.text(token.selector)]
        try fleet.write { database throws(DatabaseError) in
            // First the join token, as ``exchange(_:at:)`` does: two that wait for each other would wait for ever.
            try database.run("DELETE FROM join_tokens WHERE given = ?", selector)
            try database.run("UPDATE tokens SET awaited = 0 WHERE selector = ?", selector)
            try database.run("DELETE FROM tokens WHERE replaced_by = ?", selector)
        }
    }

    /// A host's valid tokens.
    struct TokenSummary: Sendable {
        var count: Int64 = 0
        /// When the first of them ends; nil when none does.
        var nextExpiry: Timestamp?
    }

    /// The valid tokens of each host, by its name.
    func tokenSummaries() throws(DatabaseError) -> [String: TokenSummary] {
        try fleet.read { database throws(DatabaseError) in
            let rows = try database.rows(
                """
                SELECT host_id, count(*), min(expires_at) FROM tokens
                WHERE expires_at IS NULL OR expires_at > ? GROUP BY host_id
                """, [.integer(Timestamp.now().milliseconds)])
            var summaries: [String: TokenSummary] = [:]
            for row in rows {
                guard let name = try row.text(0) else { continue }
                summaries[name] = TokenSummary(
                    count: try row.integer(1) ?? 0,
                    nextExpiry: try row.integer(2).map { Timestamp(milliseconds: $0) })
            }
            return summaries
        }
    }

    func isThere(_ id: HostID, _ database: any SQLConnection) throws(DatabaseError) -> Bool {
        try database.row("SELECT 1 FROM hosts WHERE id = ?", [.text(id.name)]) != nil
    }

    /// Within a transaction; takes the host's tokens away whose time is over.
    func insert(
        _ token: BearerToken, of id: HostID, lives lifetime: TokenLifetime?, isAwaited: Bool = false,
        _ database: any SQLConnection
    ) throws(DatabaseError) {
        let now = Timestamp.now().milliseconds
        try database.run(
            "DELETE FROM tokens WHERE host_id = ? AND expires_at <= ?", [.text(id.name), .integer(now)])
        try database.run(
            """
            INSERT INTO tokens (selector, host_id, secret_hash, issued_at, expires_at, awaited)
            VALUES (?, ?, ?, ?, ?, ?)
            """,
            [
                .text(token.selector), .text(id.name), .blob(token.secretHash), .integer(now),
                .integer(lifetime.map { now + $0.milliseconds }), .integer(isAwaited ? 1 : 0),
            ])
    }
}
