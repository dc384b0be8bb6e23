internal import Database
internal import Digests
internal import Platform

/// Workspaces' sequences, and the keys of those who may write them.
extension HubStore {
    /// What is known of a workspace.
    struct DeltaWorkspace: Sendable, Equatable {
        let collection: String
        let lastSequence: Int64
        let lastUpload: Timestamp
        /// The journal of the last upload that was carried through.
        let journal: String
    }

    func deltaWorkspace(_ path: String) throws(DatabaseError) -> DeltaWorkspace? {
        try local.read { database throws(DatabaseError) in
            let row = try database.row(
                "SELECT collection, last_sequence, last_upload, last_journal FROM delta_workspaces WHERE path = ?",
                [.text(path)])
            guard let row else { return nil }
            return DeltaWorkspace(
                collection: try row.text(0) ?? "", lastSequence: try row.integer(1) ?? 0,
                lastUpload: Timestamp(milliseconds: try row.integer(2) ?? 0), journal: try row.text(3) ?? "")
        }
    }

    /// An upload was carried through; on the disk when this returns.
    func record(_ workspace: DeltaWorkspace, at path: String) throws(DatabaseError) {
        try local.write { database throws(DatabaseError) in
            try database.run(
                """
                INSERT INTO delta_workspaces (path, collection, last_sequence, last_upload, last_journal)
                VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (path) DO UPDATE
                SET collection = ?2, last_sequence = ?3, last_upload = ?4, last_journal = ?5
                """,
                [
                    .text(path), .text(workspace.collection), .integer(workspace.lastSequence),
                    .integer(workspace.lastUpload.milliseconds), .text(workspace.journal),
                ])
        }
    }

    /// A key as it is listed; what a client sends is kept nowhere.
    struct DeltaKeyRecord: Sendable {
        /// The first digits of its hash, by which it is told from others.
        let id: String
        let workspace: String
        let issuedAt: Timestamp
        let expiresAt: Timestamp?
        let isRevoked: Bool
    }

    /// Makes a key that may write what lies at or beneath a path; only its hash is kept.
    func addDeltaKey(workspace: String, lifetime: TokenLifetime?) throws(DatabaseError) -> String {
        let key = BearerToken.random().text, now = Timestamp.now().milliseconds
        try local.write { database throws(DatabaseError) in
            try database.run(
                "INSERT INTO delta_keys (key_hash, workspace, issued_at, expires_at) VALUES (?, ?, ?, ?)",
                [
                    .blob(Digest.of(key.utf8).bytes), .text(workspace), .integer(now),
                    lifetime.map { .integer(now + $0.milliseconds) } ?? .null,
                ])
        }
        // In the fleet's database, where the log is.
        try note([AuditEntry(actor: LocalActor.name, act: .keyAdded, subject: workspace)])
        return key
    }

    /// All keys that there ever were, the oldest first.
    func deltaKeys() throws(DatabaseError) -> [DeltaKeyRecord] {
        try local.read { database throws(DatabaseError) in
            let rows = try database.rows(
                """
                SELECT substr(lower(hex(key_hash)), 1, \(Self.keyDigits)), workspace, issued_at, expires_at, revoked_at
                FROM delta_keys ORDER BY issued_at, key_hash
                """)
            return try rows.map { (row) throws(DatabaseError) in
                DeltaKeyRecord(
                    id: try row.text(0) ?? "", workspace: try row.text(1) ?? "",
                    issuedAt: Timestamp(milliseconds: try row.integer(2) ?? 0),
                    expiresAt: try row.integer(3).map { Timestamp(milliseconds: $0) },
                    isRevoked: try row.integer(4) != nil)
            }
        }
    }

    /// From now on the key opens nothing; the answer is its workspace, nil when no key has such an ID.
    func revokeDeltaKey(_ id: String) throws(DatabaseError) -> String? {
        let (workspace, wasOpen) = try local.write { database throws(DatabaseError) -> (String?, Bool) in
            let isNamed = "WHERE substr(lower(hex(key_hash)), 1, \(Self.keyDigits)) = ?"
            let changed = try database.run(
                "UPDATE delta_keys SET revoked_at = ? \(isNamed) AND revoked_at IS NULL",
                [.integer(Timestamp.now().milliseconds), .text(id)])
            return (try database.row("SELECT workspace FROM delta_keys \(isNamed)", [.text(id)])?.text(0), changed > 0)
        }
        if let workspace, wasOpen {
            try note([AuditEntry(actor: LocalActor.name, act: .keyRevoked, subject: "\(workspace) (\(id))")])
        }
        return workspace
    }

    private static let keyDigits = 12

    /// Whether there ever were keys: without, the service answers to this machine alone.
    func hasHadDeltaKeys() throws(DatabaseError) -> Bool {
        try local.read { database throws(DatabaseError) in
            try database.row("SELECT 1 FROM delta_keys LIMIT 1") != nil
        }
    }

    /// The path that a key may write beneath; nil for no key of ours, and one that has ended.
    func deltaWorkspace(ofKey key: String) throws(DatabaseError) -> String? {
        try local.read { database throws(DatabaseError) in
            // Looked up by the digest of 256 random bits: how long that takes tells nothing about them.
            try database.row(
                """
                SELECT workspace FROM delta_keys
                WHERE key_hash = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)
                """, [.blob(Digest.of(key.utf8).bytes), .integer(Timestamp.now().milliseconds)])?
                .text(0)
        }
    }
}
