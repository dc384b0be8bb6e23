internal import Database
internal import Digests
internal import Platform

/// Who may read what the hub knows.
extension HubStore {
    /// By what a user is known.
    enum UserProof: Sendable {
        case password(PasswordHash)
        /// With a lifetime, it ends by itself.
        case token(BearerToken, lives: TokenLifetime?)
        /// By the trusted proxy alone.
        case proxy
    }

    /// Adds a user, or gives one that is there another role and proof, which ends its sessions; false for one that was there.
    func setUser(_ name: UserName, _ role: UserRole, _ proof: UserProof) throws(DatabaseError) -> Bool {
        var password: String?, token: BearerToken?, lifetime: TokenLifetime?
        switch proof {
        case .password(let hash): password = hash.text
        case .token(let made, let lives): (token, lifetime) = (made, lives)
        case .proxy: break
        }
        let now = Timestamp.now().milliseconds
        let values: [DatabaseValue] = [
            .text(name.text), .text(role.rawValue), .text(password), .text(token?.selector), .blob(token?.secretHash),
            .integer(now), .integer(lifetime.map { now + $0.milliseconds }),
        ]
        return try fleet.write { database throws(DatabaseError) in
            try database.run("DELETE FROM sessions WHERE user_name = ?", [.text(name.text)])
            let isNew = try database.run("DELETE FROM users WHERE name = ?", [.text(name.text)]) == 0
            try database.run(
                """
                INSERT INTO users (name, role, password, selector, secret_hash, added_at, expires_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """, values)
            try note(isNew ? .userAdded : .userChanged, name.text, database)
            return isNew
        }
    }

    /// Forgets a user with its sessions; false when there is none of that name.
    func removeUser(_ name: UserName) throws(DatabaseError) -> Bool {
        try fleet.write { database throws(DatabaseError) in
            try database.run("DELETE FROM sessions WHERE user_name = ?", [.text(name.text)])
            guard try database.run("DELETE FROM users WHERE name = ?", [.text(name.text)]) == 1 else { return false }
            try note(.userRemoved, name.text, database)
            return true
        }
    }

    /// What is known of a user.
    struct UserRecord: Sendable {
        let name: String
        let role: UserRole
        let password: PasswordHash?
        let hasToken: Bool
        /// When its token ends; nil when it does not, or there is none.
        let tokenEnds: Timestamp?
    }

    /// All users, by name.
    func users() throws(DatabaseError) -> [UserRecord] {
        try fleet.read { database throws(DatabaseError) in
            var users: [UserRecord] = []
            for row in try database.rows(userColumns + "ORDER BY name") {
                users += try readUser(row).map { [$0] } ?? []
            }
            return users
        }
    }

    func user(named name: String) throws(DatabaseError) -> UserRecord? {
        try fleet.read { database throws(DatabaseError) in
            try database.row(userColumns + "WHERE name = ?", [.text(name)]).flatMap(readUser)
        }
    }

    /// Whether there are any: without, the hub answers to this machine alone.
    func hasUsers() throws(DatabaseError) -> Bool {
        try fleet.read { database throws(DatabaseError) in try database.row("SELECT 1 FROM users LIMIT 1") != nil }
    }

    /// The user that a token belongs to; nil for a wrong one, and for one whose time is over.
    func user(bearing token: BearerToken) throws(DatabaseError) -> Requester? {
        try fleet.read { database throws(DatabaseError) in
            let row = try database.row(
                "SELECT name, role, secret_hash, expires_at FROM users WHERE selector = ?", [.text(token.selector)])
            guard let row, token.matches(try row.blob(2) ?? []), let name = try row.text(0),
                let role = try row.text(1).flatMap({ UserRole(rawValue: $0) })
            else { return nil }
            if let end = try row.integer(3), end <= Timestamp.now().milliseconds { return nil }
            return Requester(name: name, role: role, way: .token)
        }
    }
}

private let userColumns = "SELECT name, role, password, selector, expires_at FROM users "

private func readUser(_ row: DatabaseRow) throws(DatabaseError) -> HubStore.UserRecord? {
    guard let name = try row.text(0), let role = try row.text(1).flatMap({ UserRole(rawValue: $0) }) else { return nil }
    return HubStore.UserRecord(
        name: name, role: role, password: try row.text(2).flatMap { PasswordHash($0) },
        hasToken: try row.text(3) != nil, tokenEnds: try row.integer(4).map { Timestamp(milliseconds: $0) })
}
