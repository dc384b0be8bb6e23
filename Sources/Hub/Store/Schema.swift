/// The database's format; a new one is a new script at the end.
enum Schema {
    static let migrations = [
        """
        CREATE TABLE hosts (
            id TEXT PRIMARY KEY, config BLOB, added_at INTEGER NOT NULL, shown_run INTEGER REFERENCES runs(id)
        ) STRICT;
        CREATE TABLE tokens (
            selector TEXT PRIMARY KEY, host_id TEXT NOT NULL REFERENCES hosts(id), secret_hash BLOB NOT NULL,
            issued_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE runs (
            id INTEGER PRIMARY KEY, host_id TEXT NOT NULL REFERENCES hosts(id), run_id TEXT NOT NULL,
            started_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
            seen INTEGER NOT NULL DEFAULT 0, highest INTEGER NOT NULL DEFAULT -1, percent INTEGER NOT NULL DEFAULT 0,
            status TEXT NOT NULL DEFAULT '', phase TEXT NOT NULL DEFAULT '', message TEXT NOT NULL DEFAULT '',
            steps BLOB NOT NULL DEFAULT x'5b5d', UNIQUE (host_id, run_id)
        ) STRICT;
        CREATE TABLE reports (
            id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs(id), sequence INTEGER NOT NULL,
            received_at INTEGER NOT NULL, events BLOB NOT NULL, UNIQUE (run, sequence)
        ) STRICT;
        CREATE TABLE artifacts (
            path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, size INTEGER NOT NULL, modified INTEGER NOT NULL,
            machine TEXT, added_at INTEGER NOT NULL
        ) STRICT;
        """,
        """
        ALTER TABLE runs ADD COLUMN error TEXT;
        ALTER TABLE runs ADD COLUMN hint TEXT;
        """,
        """
        CREATE TABLE delta_workspaces (
            path TEXT PRIMARY KEY, collection TEXT NOT NULL, last_sequence INTEGER NOT NULL, last_upload INTEGER NOT NULL,
            last_journal TEXT NOT NULL
        ) STRICT;
        CREATE TABLE delta_keys (
            key_hash BLOB PRIMARY KEY, workspace TEXT NOT NULL, issued_at INTEGER NOT NULL
        ) STRICT;
        """,
        // Without it, each run that is forgotten would be looked for among all hosts.
        "CREATE INDEX hosts_by_shown_run ON hosts (shown_run);",
        // `awaited`: that a report comes with it has consequences, for the tokens that it replaces or for how it came.
        """
        ALTER TABLE tokens ADD COLUMN expires_at INTEGER;
        ALTER TABLE tokens ADD COLUMN replaced_by TEXT;
        ALTER TABLE tokens ADD COLUMN awaited INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX tokens_by_host ON tokens (host_id);
        CREATE TABLE join_tokens (
            selector TEXT PRIMARY KEY, host_id TEXT NOT NULL REFERENCES hosts(id), secret_hash BLOB NOT NULL,
            issued_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, lifetime INTEGER, given TEXT
        ) STRICT;
        """,
        """
        CREATE TABLE audit (
            id INTEGER PRIMARY KEY AUTOINCREMENT, noted_at INTEGER NOT NULL, actor TEXT NOT NULL, act TEXT NOT NULL,
            subject TEXT NOT NULL, address TEXT, times INTEGER NOT NULL, refused INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX audit_by_kind ON audit (refused, id);
        CREATE TRIGGER audit_is_added_to BEFORE UPDATE ON audit
            BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
        """,
        """
        CREATE TABLE users (
            name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT, selector TEXT UNIQUE, secret_hash BLOB,
            added_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE sessions (
            key_hash BLOB PRIMARY KEY, user_name TEXT NOT NULL REFERENCES users(name), began_at INTEGER NOT NULL,
            seen_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX sessions_by_user ON sessions (user_name, began_at);
        """,
        "ALTER TABLE hosts ADD COLUMN config_signature BLOB;",
        // Seconds: of a run that goes on, and of a host between runs, word comes so often.
        """
        ALTER TABLE hosts ADD COLUMN config_digest TEXT;
        ALTER TABLE hosts ADD COLUMN config_set_at INTEGER;
        ALTER TABLE runs ADD COLUMN config_digest TEXT;
        ALTER TABLE runs ADD COLUMN agent_version TEXT;
        ALTER TABLE runs ADD COLUMN heartbeat INTEGER;
        ALTER TABLE runs ADD COLUMN schedule INTEGER;
        ALTER TABLE runs ADD COLUMN elsewhere INTEGER;
        CREATE TABLE check_ins (
            host_id TEXT PRIMARY KEY REFERENCES hosts(id), received_at INTEGER NOT NULL, state TEXT NOT NULL,
            message TEXT NOT NULL, config_digest TEXT NOT NULL, agent_version TEXT NOT NULL, schedule INTEGER NOT NULL,
            elsewhere INTEGER NOT NULL, differences BLOB NOT NULL, differences_in_all INTEGER NOT NULL
        ) STRICT;
        """,
        "ALTER TABLE users ADD COLUMN expires_at INTEGER;",
        // A key that is revoked stays in the list: where there ever was one, uploads need one.
        """
        ALTER TABLE delta_keys ADD COLUMN expires_at INTEGER;
        ALTER TABLE delta_keys ADD COLUMN revoked_at INTEGER;
        """,
        """
        ALTER TABLE hosts ADD COLUMN labels TEXT NOT NULL DEFAULT '';
        CREATE TABLE rollouts (
            id INTEGER PRIMARY KEY AUTOINCREMENT, change TEXT NOT NULL, host_group TEXT NOT NULL, waves TEXT NOT NULL,
            soak INTEGER NOT NULL, within INTEGER NOT NULL, most_failed INTEGER NOT NULL, time_window TEXT,
            started_at INTEGER NOT NULL, started_by TEXT NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL,
            waves_begun INTEGER NOT NULL, well_since INTEGER, ended_at INTEGER, revision INTEGER NOT NULL
        ) STRICT;
        -- A host is held by one roll-out at a time, as long as that is open.
        CREATE TABLE rollout_hosts (
            rollout INTEGER NOT NULL REFERENCES rollouts(id), host_id TEXT NOT NULL, held_host TEXT UNIQUE,
            position INTEGER NOT NULL, old_digest TEXT NOT NULL, new_digest TEXT NOT NULL, given_at INTEGER,
            was_well INTEGER NOT NULL, forgiven INTEGER NOT NULL, outcome TEXT, outcome_reason TEXT,
            old_config BLOB, old_signature BLOB, new_config BLOB, new_signature BLOB,
            PRIMARY KEY (rollout, host_id)
        ) STRICT;
        """,
        """
        CREATE TABLE secrets (
            name TEXT NOT NULL, owner TEXT NOT NULL, revision TEXT NOT NULL, encrypted BLOB NOT NULL,
            set_at INTEGER NOT NULL, set_by TEXT NOT NULL, PRIMARY KEY (name, owner)
        ) STRICT;
        CREATE TABLE secrets_given (
            host_id TEXT NOT NULL, name TEXT NOT NULL, revision TEXT NOT NULL, given_at INTEGER NOT NULL,
            PRIMARY KEY (host_id, name)
        ) STRICT;
        """,
    ]
}
