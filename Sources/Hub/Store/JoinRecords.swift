internal import Database
internal import Platform

/// Join tokens: each gives one host a token of its own, within an hour and until that token's first report.
///
/// Until then it may be asked again, since what it gave may have been lost on the way; what it gave before is then worth
/// nothing, so that two who have the same join token do not both get in unseen.
extension HubStore {
    /// How long a join token is valid.
    static let joinLimit = TokenLifetime(hours: 1)

    /// Makes one, whose token lives for so long; nil when there is no such host.
    func issueJoinToken(
        for id: HostID, tokenLives lifetime: TokenLifetime? = nil, for limit: TokenLifetime = joinLimit
    ) throws(DatabaseError) -> BearerToken? {
        let (token, now) = (BearerToken.random(), Timestamp.now().milliseconds)
        return try fleet.write { database throws(DatabaseError) in
            guard try isThere(id, database) else { return nil }
            try database.run("DELETE FROM join_tokens WHERE expires_at <= ?", [.integer(now)])
            try database.run(
                """
                INSERT INTO join_tokens (selector, host_id, secret_hash, issued_at, expires_at, lifetime)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
                [
                    .text(token.selector), .text(id.name), .blob(token.secretHash), .integer(now),
                    .integer(now + limit.milliseconds), .integer(lifetime?.milliseconds),
                ])
            try note(.joinTokenIssued, id.name, database)
            return token
        }
    }

    /// A token for the host that a join token is for; nil when the join token is wrong, used, too old or another host's.
    func exchange(_ joinToken: BearerToken, at id: HostID) throws(DatabaseError) -> BearerToken? {
        // Read first: a stranger's guess makes nobody wait for the writer.
        guard try isGood(joinToken, for: id) else { return nil }
        let token = BearerToken.random()
        let selector: [DatabaseValue] = [.text(joinToken.selector)]
        return try fleet.write { database throws(DatabaseError) in
            // Whoever else has it waits here, or finds it gone.
            guard try database.run("UPDATE join_tokens SET expires_at = expires_at WHERE selector = ?", selector) == 1,
                let row = try database.row("SELECT given, lifetime FROM join_tokens WHERE selector = ?", selector)
            else { return nil }
            if let given = try row.text(0) {
                try database.run("DELETE FROM tokens WHERE selector = ?", [.text(given)])
            }
            let lifetime = try row.integer(1).map { TokenLifetime(milliseconds: $0) }
            try insert(token, of: id, lives: lifetime, isAwaited: true, database)
            try database.run(
                "UPDATE join_tokens SET given = ? WHERE selector = ?", [.text(token.selector)] + selector)
            return token
        }
    }

    private func isGood(_ token: BearerToken, for id: HostID) throws(DatabaseError) -> Bool {
        try fleet.read { database throws(DatabaseError) in
            let row = try database.row(
                "SELECT secret_hash, expires_at FROM join_tokens WHERE selector = ? AND host_id = ?",
                [.text(token.selector), .text(id.name)])
            guard let row, token.matches(try row.blob(0) ?? []) else { return false }
            return try row.integer(1) ?? 0 > Timestamp.now().milliseconds
        }
    }
}
