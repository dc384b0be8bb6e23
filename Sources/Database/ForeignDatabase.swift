internal import CSQLite
internal import Glibc
public import Platform

/// Another program's database file: it is made and migrated for it, and nothing of its settings is changed.
public struct ForeignDatabase: Sendable {
    /// Where the file is.
    public let path: String

    /// Names a file.
    public init(_ path: String) { self.path = path }

    /// What a database holds, in outline.
    public struct Outline: Sendable, Equatable {
        /// SQLite's `user_version`.
        public let version: Int64
        /// The names of its tables.
        public let tables: Set<String>
    }

    /// Looks at the file without changing it or anything beside it.
    ///
    /// Blocks.
    public func outline() throws(DatabaseError) -> Outline {
        // With a log or journal beside it, the file is not the newest state, or not yet the old one again: then SQLite must
        // read both, as a reader among others.
        let isWhole = ["wal", "journal"].allSatisfy { kind in
            (try? FileStatus.of("\(path)-\(kind)")).map { $0.size == 0 } ?? true
        }
        let connection = try Self.open(
            Self.address(path) + (isWhole ? "?mode=ro&immutable=1" : "?mode=ro"), path, SQLITE_OPEN_READONLY)
        return try connection.outline()
    }

    /// What the scripts would make of an empty database.
    ///
    /// Blocks; touches no file. A script that does not run, or that begins or ends transactions itself, is told of here.
    public func outline(after scripts: [String], stop: StopFlag) throws(DatabaseError) -> Outline {
        let connection = try Self.open(":memory:", path, SQLITE_OPEN_READWRITE)
        connection.refuseTransactions()
        try connection.confined(by: stop) { (connection) throws(DatabaseError) in
            for script in scripts { try connection.script(script) }
        }
        return try connection.outline()
    }

    /// Makes the file (mode 0600) if it is missing, and runs the scripts that it has not seen, each wholly or not at all.
    ///
    /// Blocks; setting `stop` ends it soon. Scripts can reach no other file.
    public func migrate(_ scripts: [String], stop: StopFlag) throws(DatabaseError) {
        try DatabaseConnection.createIfMissing(path)
        let connection = try Self.open(Self.address(path) + "?mode=rw", path, SQLITE_OPEN_READWRITE)
        try connection.confined(by: stop) { (connection) throws(DatabaseError) in try connection.migrateForeign(scripts)
        }
    }

    private static func open(_ address: String, _ path: String, _ flags: Int32) throws(DatabaseError)
        -> DatabaseConnection
    {
        var handle: OpaquePointer?
        let code = sqlite3_open_v2(
            address, &handle, flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard let handle else { throw .cannotOpen(path: path, reason: "out of memory") }
        let connection = DatabaseConnection(handle: handle, path: path)
        guard code == SQLITE_OK else { throw connection.error(code) }
        sqlite3_busy_timeout(handle, 10_000)
        return connection
    }

    /// The path as SQLite's URIs have it (sqlite.org/uri.html).
    private static func address(_ path: String) -> String {
        var text = "file:"
        for byte in path.utf8 {
            let plain =
                byte == 0x2f || byte == 0x2e || byte == 0x2d || byte == 0x5f || (0x30...0x39).contains(byte)
                || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
            let digits = String(byte, radix: 16)
            text += plain ? String(UnicodeScalar(byte)) : "%\(digits.count == 1 ? "0" : "")\(digits)"
        }
        return text
    }
}

extension DatabaseConnection {
    fileprivate func outline() throws(DatabaseError) -> ForeignDatabase.Outline {
        let version = try userVersion()
        var tables = Set<String>()
        for row in try rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'") {
            if let name = try row.text(0) { tables.insert(name) }
        }
        return ForeignDatabase.Outline(version: version, tables: tables)
    }

    /// One that has seen more scripts than there are is left as it is: a newer version of the bundle was here.
    fileprivate func migrateForeign(_ scripts: [String]) throws(DatabaseError) {
        if try userVersion() < scripts.count { try migrate(scripts) }
    }

    /// A script that commits would be done by half when what follows fails.
    fileprivate func refuseTransactions() {
        sqlite3_set_authorizer(
            handle,
            { _, action, _, _, _, _ in
                [SQLITE_TRANSACTION, SQLITE_SAVEPOINT, SQLITE_ATTACH, SQLITE_DETACH].contains(action)
                    ? SQLITE_DENY : SQLITE_OK
            }, nil)
    }

    /// Runs what a stranger wrote: without reaching other files, and not for ever.
    fileprivate func confined(
        by stop: StopFlag, _ body: (DatabaseConnection) throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0)
        let context = Unmanaged.passUnretained(stop)
        sqlite3_progress_handler(
            handle, 10_000,
            { context in
                guard let context else { return 1 }
                return Unmanaged<StopFlag>.fromOpaque(context).takeUnretainedValue().isSet ? 1 : 0
            }, context.toOpaque())
        defer { sqlite3_progress_handler(handle, 0, nil, nil) }
        try withExtendedLifetime(stop) { () throws(DatabaseError) in try body(self) }
    }
}
