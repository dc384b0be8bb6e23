internal import Database

extension PostgreSQLConnection {
    /// Runs the scripts that this database has not seen, all of them or none; programs that start at once take turns.
    func migrate(_ migrations: [String]) throws(DatabaseError) {
        try script("BEGIN; SELECT pg_advisory_xact_lock(\(Self.migrationLock))")
        do throws(DatabaseError) {
            try script("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")
            let version = try script("SELECT max(version) FROM schema_version") ?? 0, known = Int64(migrations.count)
            guard version <= known else { throw DatabaseError.tooNew(path: server, version: version, known: known) }
            for (index, migration) in migrations.enumerated().dropFirst(Int(version)) {
                try script(migration)
                try script("INSERT INTO schema_version (version) VALUES (\(index + 1))")
            }
            try script("COMMIT")
        } catch {
            _ = try? script("ROLLBACK")
            throw error
        }
    }

    /// Any number that other programs on the same database are unlikely to take.
    private static var migrationLock: Int64 { 0x6873_7462_6f6f_7401 }
}
