internal import Database
internal import Digests
internal import Platform

/// Who is logged in. Only hashes of their keys are kept.
extension HubStore {
    /// How long a session lasts, in milliseconds: NIST SP 800-63B, 4.2.3, asks for both at its second level.
    struct SessionLimits: Sendable {
        /// Without a request.
        var idle: Int64 = 30 * 60_000
        /// In any case.
        var whole: Int64 = 12 * 3_600_000
        /// How often its last request is written down at most.
        var touch: Int64 = 60_000
        /// Of one user; the oldest goes.
        var most: Int64 = 20
    }

    /// Begins one, if the user's password is still that which was held against this hash; its key is what the browser keeps.
    func beginSession(
        of name: String, by password: PasswordHash, _ limits: SessionLimits
    ) throws(DatabaseError) -> String? {
        let key = BearerToken.random().text, now = Timestamp.now().milliseconds
        return try fleet.write { database throws(DatabaseError) in
            let known: [DatabaseValue] = [.text(name), .text(password.text)]
            guard try database.row("SELECT 1 FROM users WHERE name = ? AND password = ?", known) != nil else {
                return nil
            }
            try database.run(
                "DELETE FROM sessions WHERE began_at <= ? OR seen_at <= ?",
                [.integer(now - limits.whole), .integer(now - limits.idle)])
            try database.run(
                """
                DELETE FROM sessions WHERE key_hash IN
                    (SELECT key_hash FROM sessions WHERE user_name = ? ORDER BY began_at DESC LIMIT 1000 OFFSET ?)
                """, [.text(name), .integer(limits.most - 1)])
            try database.run(
                "INSERT INTO sessions (key_hash, user_name, began_at, seen_at) VALUES (?1, ?2, ?3, ?3)",
                [.blob(hash(key)), .text(name), .integer(now)])
            return key
        }
    }

    /// Whose session it is, as their role is now; nil for no session of ours, or one that is over.
    func session(_ key: String, _ limits: SessionLimits) throws(DatabaseError) -> Requester? {
        let now = Timestamp.now().milliseconds
        let found = try fleet.read { database throws(DatabaseError) -> (Requester, Int64)? in
            // Looked up by the digest of 256 random bits: how long that takes tells nothing about them.
            let row = try database.row(
                """
                SELECT users.name, users.role, sessions.began_at, sessions.seen_at FROM sessions
                JOIN users ON users.name = sessions.user_name WHERE sessions.key_hash = ?
                """, [.blob(hash(key))])
            guard let row, let name = try row.text(0), let role = try row.text(1).flatMap({ UserRole(rawValue: $0) }),
                let began = try row.integer(2), let seen = try row.integer(3), now - began < limits.whole,
                now - seen < limits.idle
            else { return nil }
            return (Requester(name: name, role: role, way: .session), seen)
        }
        guard let (requester, seen) = found else { return nil }
        if now - seen >= limits.touch {
            try fleet.write { database throws(DatabaseError) in
                try database.run(
                    "UPDATE sessions SET seen_at = ? WHERE key_hash = ?", [.integer(now), .blob(hash(key))])
            }
        }
        return requester
    }

    func endSession(_ key: String) throws(DatabaseError) {
        try fleet.write { database throws(DatabaseError) in
            try database.run("DELETE FROM sessions WHERE key_hash = ?", [.blob(hash(key))])
        }
    }
}

private func hash(_ key: String) -> [UInt8] { Digest.of(key.utf8).bytes }
