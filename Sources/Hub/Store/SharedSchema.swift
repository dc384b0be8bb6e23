/// The format of the fleet's database on a PostgreSQL server; a new one is a new script at the end.
///
/// ``Schema`` is the same for SQLite. Workspaces are not here: they lie on one hub's disk.
enum SharedSchema {
    /// Where each hub tells the others of a report: its own number, the host, the sequence and the run, a line each.
    static let channel = "bootstrap_hub"

    static let migrations = [
        """
        CREATE TABLE hosts (id TEXT PRIMARY KEY, config BYTEA, added_at BIGINT NOT NULL, shown_run BIGINT);
        CREATE TABLE tokens (
            selector TEXT PRIMARY KEY, host_id TEXT NOT NULL REFERENCES hosts(id), secret_hash BYTEA NOT NULL,
            issued_at BIGINT NOT NULL
        );
        CREATE TABLE runs (
            id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, host_id TEXT NOT NULL REFERENCES hosts(id),
            run_id TEXT NOT NULL, started_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
            seen BIGINT NOT NULL DEFAULT 0, highest BIGINT NOT NULL DEFAULT -1, percent BIGINT NOT NULL DEFAULT 0,
            status TEXT NOT NULL DEFAULT '', phase TEXT NOT NULL DEFAULT '', message TEXT NOT NULL DEFAULT '',
            steps BYTEA NOT NULL DEFAULT '[]', error TEXT, hint TEXT, UNIQUE (host_id, run_id)
        ) WITH (fillfactor = 70);
        ALTER TABLE hosts ADD FOREIGN KEY (shown_run) REFERENCES runs(id);
        -- Without it, each run that is forgotten would be looked for among all hosts.
        CREATE INDEX hosts_by_shown_run ON hosts (shown_run);
        CREATE TABLE reports (
            run BIGINT NOT NULL REFERENCES runs(id), sequence BIGINT NOT NULL, received_at BIGINT NOT NULL,
            events BYTEA NOT NULL, PRIMARY KEY (run, sequence)
        );
        CREATE TABLE artifacts (
            path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, size BIGINT NOT NULL, modified BIGINT NOT NULL, machine TEXT,
            added_at BIGINT NOT NULL
        );

        -- Keeps a report unless it is there already; answers the run's number when reports before it have not come.
        CREATE FUNCTION keep_report(
            hub TEXT, host TEXT, run_name TEXT, number BIGINT, new_percent BIGINT, new_status TEXT, new_phase TEXT,
            new_message TEXT, new_steps BYTEA, new_events BYTEA, new_error TEXT, new_hint TEXT, started BIGINT,
            now BIGINT
        ) RETURNS BIGINT LANGUAGE plpgsql AS $$
        DECLARE
            kept BIGINT;
            shown BIGINT;
            old BIGINT;
            has_gaps BOOLEAN;
        BEGIN
            SELECT id INTO kept FROM runs WHERE host_id = host AND run_id = run_name;
            IF kept IS NULL THEN
                -- One at a time makes a host's runs: of two that start at two hubs, the later one is to be shown.
                SELECT shown_run INTO shown FROM hosts WHERE id = host FOR NO KEY UPDATE;
                SELECT id INTO kept FROM runs WHERE host_id = host AND run_id = run_name;
            END IF;
            IF kept IS NULL THEN
                -- A new run takes the place of the oldest; the shown one is the newest, and stays.
                FOR old IN SELECT id FROM runs WHERE host_id = host ORDER BY started_at DESC, id DESC
                    OFFSET \(HubStore.mostRuns - 1)
                LOOP
                    -- Who adds a report to it now ends before, or finds it gone.
                    PERFORM FROM runs WHERE id = old FOR UPDATE;
                    DELETE FROM reports WHERE reports.run = old;
                    DELETE FROM runs WHERE id = old;
                END LOOP;
                INSERT INTO runs (host_id, run_id, started_at, updated_at) VALUES (host, run_name, started, now)
                    RETURNING id INTO kept;
                IF shown IS NULL OR (SELECT started_at FROM runs WHERE id = shown) <= started THEN
                    UPDATE hosts SET shown_run = kept WHERE id = host;
                END IF;
            END IF;
            INSERT INTO reports (run, sequence, received_at, events) VALUES (kept, number, now, new_events)
                ON CONFLICT DO NOTHING;
            IF FOUND THEN
                -- Numbers count from 1: a report with 0 fills no gap.
                UPDATE runs SET seen = seen + CASE WHEN number > 0 THEN 1 ELSE 0 END,
                    percent = greatest(percent, new_percent), updated_at = now,
                    error = CASE WHEN new_error IS NULL THEN error ELSE new_error END,
                    hint = CASE WHEN new_error IS NULL THEN hint ELSE new_hint END,
                    highest = greatest(highest, number),
                    status = CASE WHEN highest < number THEN new_status ELSE status END,
                    phase = CASE WHEN highest < number THEN new_phase ELSE phase END,
                    message = CASE WHEN highest < number THEN new_message ELSE message END,
                    steps = CASE WHEN highest < number THEN new_steps ELSE steps END
                    WHERE id = kept RETURNING seen < highest INTO has_gaps;
                PERFORM pg_notify('\(channel)', concat_ws(E'\\n', hub, host, number, run_name));
            ELSE
                SELECT seen < highest INTO has_gaps FROM runs WHERE id = kept;
            END IF;
            RETURN CASE WHEN has_gaps THEN kept END;
        END $$;
        """,
        // `awaited`: that a report comes with it has consequences, for the tokens that it replaces or for how it came.
        """
        ALTER TABLE tokens ADD COLUMN expires_at BIGINT;
        ALTER TABLE tokens ADD COLUMN replaced_by TEXT;
        ALTER TABLE tokens ADD COLUMN awaited BIGINT NOT NULL DEFAULT 0;
        CREATE INDEX tokens_by_host ON tokens (host_id);
        CREATE TABLE join_tokens (
            selector TEXT PRIMARY KEY, host_id TEXT NOT NULL REFERENCES hosts(id), secret_hash BYTEA NOT NULL,
            issued_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, lifetime BIGINT, given TEXT
        );
        """,
        """
        CREATE TABLE audit (
            id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, noted_at BIGINT NOT NULL, actor TEXT NOT NULL,
            act TEXT NOT NULL, subject TEXT NOT NULL, address TEXT, times BIGINT NOT NULL, refused BIGINT NOT NULL
        );
        CREATE INDEX audit_by_kind ON audit (refused, id);
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'the audit log is only added to'; END $$;
        CREATE TRIGGER audit_is_added_to BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change();
        """,
        """
        CREATE TABLE users (
            name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT, selector TEXT UNIQUE, secret_hash BYTEA,
            added_at BIGINT NOT NULL
        );
        CREATE TABLE sessions (
            key_hash BYTEA PRIMARY KEY, user_name TEXT NOT NULL REFERENCES users(name), began_at BIGINT NOT NULL,
            seen_at BIGINT NOT NULL
        );
        CREATE INDEX sessions_by_user ON sessions (user_name, began_at);
        """,
        "ALTER TABLE hosts ADD COLUMN config_signature BYTEA;",
        // Seconds: of a run that goes on, and of a host between runs, word comes so often.
        """
        ALTER TABLE hosts ADD COLUMN config_digest TEXT;
        ALTER TABLE hosts ADD COLUMN config_set_at BIGINT;
        ALTER TABLE runs ADD COLUMN config_digest TEXT;
        ALTER TABLE runs ADD COLUMN agent_version TEXT;
        ALTER TABLE runs ADD COLUMN heartbeat BIGINT;
        ALTER TABLE runs ADD COLUMN schedule BIGINT;
        ALTER TABLE runs ADD COLUMN elsewhere BIGINT;
        CREATE TABLE check_ins (
            host_id TEXT PRIMARY KEY REFERENCES hosts(id), received_at BIGINT NOT NULL, state TEXT NOT NULL,
            message TEXT NOT NULL, config_digest TEXT NOT NULL, agent_version TEXT NOT NULL, schedule BIGINT NOT NULL,
            elsewhere BIGINT NOT NULL, differences BYTEA NOT NULL, differences_in_all BIGINT NOT NULL
        );
        """,
        "ALTER TABLE users ADD COLUMN expires_at BIGINT;",
        """
        ALTER TABLE hosts ADD COLUMN labels TEXT NOT NULL DEFAULT '';
        CREATE TABLE rollouts (
            id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, change TEXT NOT NULL, host_group TEXT NOT NULL, waves TEXT NOT NULL,
            soak BIGINT NOT NULL, within BIGINT NOT NULL, most_failed BIGINT NOT NULL, time_window TEXT,
            started_at BIGINT NOT NULL, started_by TEXT NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL,
            waves_begun BIGINT NOT NULL, well_since BIGINT, ended_at BIGINT, revision BIGINT NOT NULL
        );
        -- A host is held by one roll-out at a time, as long as that is open.
        CREATE TABLE rollout_hosts (
            rollout BIGINT NOT NULL REFERENCES rollouts(id), host_id TEXT NOT NULL, held_host TEXT UNIQUE,
            position BIGINT NOT NULL, old_digest TEXT NOT NULL, new_digest TEXT NOT NULL, given_at BIGINT,
            was_well BIGINT NOT NULL, forgiven BIGINT NOT NULL, outcome TEXT, outcome_reason TEXT,
            old_config BYTEA, old_signature BYTEA, new_config BYTEA, new_signature BYTEA,
            PRIMARY KEY (rollout, host_id)
        );
        """,
        """
        CREATE TABLE secrets (
            name TEXT NOT NULL, owner TEXT NOT NULL, revision TEXT NOT NULL, encrypted BYTEA NOT NULL,
            set_at BIGINT NOT NULL, set_by TEXT NOT NULL, PRIMARY KEY (name, owner)
        );
        CREATE TABLE secrets_given (
            host_id TEXT NOT NULL, name TEXT NOT NULL, revision TEXT NOT NULL, given_at BIGINT NOT NULL,
            PRIMARY KEY (host_id, name)
        );
        """,
    ]
}
