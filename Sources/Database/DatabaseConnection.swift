internal import CSQLite
internal import Platform

/// An open SQLite database: one owner, one thread at a time, closed when its owner goes.
///
/// Many connections, of this process or others, may be open on one file: readers never wait, one writes at a time
/// and the others wait for it, ten seconds at most. A transaction that has returned survives a power cut (WAL,
/// synchronous=FULL). Every call blocks on the disk.
public final class DatabaseConnection: SQLConnection {
    let handle: OpaquePointer
    /// Where the file is.
    public let path: String
    private var statements: [String: OpaquePointer] = [:]

    /// SQLite's version, as it names itself.
    public static var libraryVersion: String { String(cString: sqlite3_libversion()) }

    /// Opens the file, makes it (mode 0600) when it is missing, and brings it to the newest format.
    ///
    /// `migrations` are the scripts that led to the newest format, oldest first; SQLite's `user_version` counts those done.
    public static func open(_ path: String, migrations: [String]) throws(DatabaseError) -> DatabaseConnection {
        try createIfMissing(path)
        var handle: OpaquePointer?
        let code = sqlite3_open_v2(
            path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard let handle else { throw .cannotOpen(path: path, reason: "out of memory") }
        let connection = DatabaseConnection(handle: handle, path: path)
        guard code == SQLITE_OK else { throw connection.error(code) }
        sqlite3_busy_timeout(handle, 10_000)
        try connection.script(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF")
        try connection.migrate(migrations)
        return connection
    }

    init(handle: OpaquePointer, path: String) {
        self.handle = handle
        self.path = path
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement) }
        sqlite3_close_v2(handle)
    }

    /// Runs one statement that answers nothing; the number of rows it changed.
    @discardableResult
    public func run(_ sql: String, _ values: [DatabaseValue] = []) throws(DatabaseError) -> Int {
        _ = try rows(sql, values)
        return Int(sqlite3_changes64(handle))
    }

    /// Runs one statement once with each of the values, and copies the answers.
    public func rows(
        _ sql: String, each values: [[DatabaseValue]]
    ) throws(DatabaseError) -> [[DatabaseRow]] {
        let statement = try prepared(sql)
        var answers: [[DatabaseRow]] = []
        for values in values { answers.append(try run(statement, values)) }
        return answers
    }

    private func run(_ statement: OpaquePointer, _ values: [DatabaseValue]) throws(DatabaseError) -> [DatabaseRow] {
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (index, value) in values.enumerated() { try bind(statement, Int32(index + 1), value) }
        var rows: [DatabaseRow] = []
        while true {
            let code = sqlite3_step(statement)
            if code == SQLITE_DONE { return rows }
            guard code == SQLITE_ROW else { throw error(code) }
            rows.append(DatabaseRow((0..<sqlite3_column_count(statement)).map { column(statement, $0) }))
        }
    }

    /// Runs statements that take no values, separated by semicolons.
    public func script(_ sql: String) throws(DatabaseError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code) }
    }

    /// Begins a transaction that writes; other writers wait from here.
    public func begin() throws(DatabaseError) { try run("BEGIN IMMEDIATE") }

    /// Ends it; it survives a power cut once this returns.
    public func commit() throws(DatabaseError) { try run("COMMIT") }

    /// Ends it as if it had never begun; SQLite has done so by itself after some errors.
    public func rollBack() {
        if sqlite3_get_autocommit(handle) == 0 { _ = try? run("ROLLBACK") }
    }

    private func prepared(_ sql: String) throws(DatabaseError) -> OpaquePointer {
        if let statement = statements[sql] { return statement }
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw error(code) }
        statements[sql] = statement
        return statement
    }

    private func bind(_ statement: OpaquePointer, _ index: Int32, _ value: DatabaseValue) throws(DatabaseError) {
        let code =
            switch value {
            case .null: sqlite3_bind_null(statement, index)
            case .integer(let number): sqlite3_bind_int64(statement, index, number)
            case .text(let text): sqlite_bind_text(statement, index, text, Int32(clamping: text.utf8.count))
            case .blob(let bytes): sqlite_bind_blob(statement, index, bytes, Int32(clamping: bytes.count))
            }
        guard code == SQLITE_OK else { throw error(code) }
    }

    private func column(_ statement: OpaquePointer, _ index: Int32) -> DatabaseValue {
        switch sqlite3_column_type(statement, index) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, index))
        case SQLITE_NULL: return .null
        case SQLITE_BLOB:
            let bytes = sqlite3_column_blob(statement, index)
            return .blob(
                Array(UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(statement, index)))))
        default:
            let text = UnsafeRawPointer(sqlite3_column_text(statement, index))
            let bytes = UnsafeRawBufferPointer(start: text, count: Int(sqlite3_column_bytes(statement, index)))
            return .text(String(decoding: bytes, as: UTF8.self))
        }
    }

    func error(_ code: Int32) -> DatabaseError {
        let reason = String(cString: sqlite3_errmsg(handle))
        return switch code & 0xff {
        case SQLITE_READONLY where code == sqlite_readonly_rollback: .cutOff(path: path)
        case SQLITE_BUSY, SQLITE_LOCKED: .busy(path: path)
        case SQLITE_FULL: .full(path: path)
        case SQLITE_CORRUPT, SQLITE_NOTADB: .damaged(path: path, reason: reason)
        case SQLITE_CANTOPEN: .cannotOpen(path: path, reason: reason)
        default: .failed(path: path, code: code, reason: reason)
        }
    }
}
