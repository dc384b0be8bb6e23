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

    /// Makes a key that may write what lies at or beneath a path; only its hash is kept.
    func addDeltaKey(workspace: String) throws(DatabaseError) -> String {
        let key = BearerToken.random().text
        try local.write { database throws(DatabaseError) in
            try database.run(
                "INSERT INTO delta_keys (key_hash, workspace, issued_at) VALUES (?, ?, ?)",
                [.blob(Digest.of(key.utf8).bytes), .text(workspace), .integer(Timestamp.now().milliseconds)])
        }
        // In the fleet's database, where the log is.
        try note([AuditEntry(actor: LocalActor.name, act: .keyAdded, subject: workspace)])
        return key
    }

    /// Whether there are any keys: without, the service answers to this machine alone.
    func hasDeltaKeys() throws(DatabaseError) -> Bool {
        try local.read { database throws(DatabaseError) in
            try database.row("SELECT 1 FROM delta_keys LIMIT 1") != nil
        }
    }

    /// The path that a key may write beneath; nil for no key of ours.
    func deltaWorkspace(ofKey key: String) throws(DatabaseError) -> String? {
        try local.read { database throws(DatabaseError) in
            // Looked up by the digest of 256 random bits: how long that takes tells nothing about them.
            try database.row("SELECT workspace FROM delta_keys WHERE key_hash = ?", [.blob(Digest.of(key.utf8).bytes)])?
                .text(0)
        }
    }
}
