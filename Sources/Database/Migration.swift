extension DatabaseConnection {
    /// Runs the scripts that this file has not seen, each in a transaction with its mark.
    func migrate(_ migrations: [String]) throws(DatabaseError) {
        let known = Int64(migrations.count)
        let path = path
        // Outside a transaction first: a reader of an up-to-date file need not wait for a writer.
        let version = try userVersion()
        guard version <= known else { throw .tooNew(path: path, version: version, known: known) }
        guard version < known else { return }
        for (index, migration) in migrations.enumerated() {
            try transaction { _ throws(DatabaseError) in
                // Another process may have done it while this one waited.
                guard try userVersion() == index else { return }
                try script(migration)
                try script("PRAGMA user_version = \(index + 1)")
            }
        }
    }

    func userVersion() throws(DatabaseError) -> Int64 {
        try row("PRAGMA user_version")?.integer(0) ?? 0
    }
}
