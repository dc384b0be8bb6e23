internal import CPostgreSQL
public import Database
internal import Glibc
internal import Platform

/// An open connection to a PostgreSQL server: one owner, one thread at a time, closed when its owner goes.
///
/// Every call blocks on the server, for a bounded time. A connection that breaks is made anew by the next call; what
/// was asked outside a transaction is then asked once more, so ask for nothing there that may not happen twice.
public final class PostgreSQLConnection: SQLConnection {
    /// The oldest server that knows all of ``options``.
    private static let oldestServer: Int32 = 140_000
    /// How long one exchange may take; the server gives a statement up before that.
    var patience = Duration.seconds(10)
    /// After a server could not be reached, it is left in peace for so long.
    private static let pause = Duration.seconds(1)

    /// The server gives a statement up before the one who waits for it has gone; and a client that has vanished within a
    /// transaction, whose locks others wait for.
    private static let options = [
        "client_min_messages=warning", "client_connection_check_interval=2s", "statement_timeout=8s", "lock_timeout=4s",
        "idle_in_transaction_session_timeout=5s", "tcp_keepalives_idle=15", "tcp_keepalives_interval=5",
        "tcp_keepalives_count=3", "tcp_user_timeout=20s",
    ].map { "-c \($0)" }.joined(separator: " ")

    private let address: PostgreSQLAddress
    let handle: OpaquePointer
    private var prepared: [String: String] = [:]
    private var inTransaction = false
    /// Nothing more is read from this connection: an answer that comes late must not be taken for the next one's.
    private var isGivenUp = false
    /// When it could not be made anew, and why.
    private var refusal: (time: ContinuousClock.Instant, reason: String)?

    /// libpq's version.
    public static var libraryVersion: String {
        let version = PQlibVersion()
        return "\(version / 10000).\(version % 10000)"
    }

    /// Connects, and brings the database to the newest format.
    ///
    /// `migrations` are the scripts that led to the newest format, oldest first; a table counts those done. Without
    /// any the database is taken as it is.
    public static func open(
        _ address: PostgreSQLAddress, migrations: [String]? = nil
    ) throws(DatabaseError) -> PostgreSQLConnection {
        guard let handle = connect(address) else { throw .unreachable(server: address.shown, reason: "out of memory") }
        let connection = PostgreSQLConnection(address: address, handle: handle)
        try connection.begin(with: migrations)
        return connection
    }

    /// What stands before the address is a default that the address may overrule, what stands behind it is not.
    private static func connect(_ address: PostgreSQLAddress) -> OpaquePointer? {
        let settings = [
            ("connect_timeout", "10"), ("keepalives_idle", "15"), ("keepalives_interval", "5"),
            ("keepalives_count", "3"),
            ("options", Self.options),
            ("fallback_application_name", "bootstrap-hub"), ("dbname", address.text),
            ("client_encoding", "UTF8"),
        ]
        let keywords = settings.map { strdup($0.0) }, values = settings.map { strdup($0.1) }
        defer { for text in keywords + values { free(text) } }
        return PQconnectdbParams(
            keywords.map { UnsafePointer($0) } + [nil], values.map { UnsafePointer($0) } + [nil], 1)
    }

    private init(address: PostgreSQLAddress, handle: OpaquePointer) {
        self.address = address
        self.handle = handle
    }

    deinit { PQfinish(handle) }

    /// The connection's socket, to wait on.
    var socket: Int32 { PQsocket(handle) }

    // MARK: Statements

    /// Runs one statement once with each of the values, all sent before the first answer is waited for.
    public func rows(
        _ sql: String, each values: [[DatabaseValue]]
    ) throws(DatabaseError) -> [[DatabaseRow]] {
        try ask(sql, values).map(\.rows)
    }

    /// Runs one statement; the number of rows it changed.
    @discardableResult
    public func run(_ sql: String, _ values: [DatabaseValue] = []) throws(DatabaseError) -> Int {
        try ask(sql, [values])[0].changed
    }

    /// Begins a transaction.
    public func begin() throws(DatabaseError) {
        try run("BEGIN")
        inTransaction = true
    }

    /// Ends it; on the server's disk once this returns, if the server is set so.
    public func commit() throws(DatabaseError) {
        try run("COMMIT")
        inTransaction = false
    }

    /// Ends it as if it had never begun.
    public func rollBack() {
        guard inTransaction else { return }
        if !isBroken { _ = try? run("ROLLBACK") }
        inTransaction = false
    }

    private struct Answer {
        var rows: [DatabaseRow] = []
        var changed = 0
    }

    private var isBroken: Bool { isGivenUp || PQstatus(handle) != CONNECTION_OK }

    private func ask(_ sql: String, _ values: [[DatabaseValue]]) throws(DatabaseError) -> [Answer] {
        if values.isEmpty { return [] }
        if inTransaction || !isBroken {
            do throws(DatabaseError) { return try exchange(sql, values) } catch {
                // A server that was started again is found out by the first one to ask it.
                guard !inTransaction, PQstatus(handle) != CONNECTION_OK else { throw error }
            }
        }
        try reconnect()
        return try exchange(sql, values)
    }

    private func exchange(_ sql: String, _ values: [[DatabaseValue]]) throws(DatabaseError) -> [Answer] {
        let isNew = prepared[sql] == nil
        let name = prepared[sql] ?? "s\(prepared.count)"
        let wire = values.map(WireValues.init)
        if isNew {
            guard PQsendPrepare(handle, name, numbered(sql), Int32(wire[0].types.count), wire[0].types) == 1 else {
                throw broken()
            }
        }
        for values in wire {
            let sent = values.withPointers { pointers, lengths, formats in
                PQsendQueryPrepared(handle, name, Int32(pointers.count), pointers, lengths, formats, 1)
            }
            guard sent == 1 else { throw broken() }
        }
        guard PQpipelineSync(handle) == 1 else { throw broken() }
        var answers: [Answer] = []
        var refusal: DatabaseError?
        while let result = try nextResult() {
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_PIPELINE_SYNC:
                if let refusal { throw refusal }
                return isNew ? Array(answers.dropFirst()) : answers
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK:
                // The first to succeed is the preparing, which stays even where a transaction does not.
                prepared[sql] = name
                answers.append(Answer(rows: copyRows(result), changed: Int(String(cString: PQcmdTuples(result))) ?? 0))
            case PGRES_PIPELINE_ABORTED: break
            default: refusal = refusal ?? error(of: result)
            }
        }
        throw broken()
    }

    /// The next result, past the nil that ends each statement's; nil when the connection is gone.
    private func nextResult() throws(DatabaseError) -> OpaquePointer? {
        var deadline = ContinuousClock.now + patience
        var wasEnd = false
        while true {
            let unsent = PQflush(handle)
            guard unsent >= 0 else { return nil }
            if unsent == 0, PQisBusy(handle) == 0 {
                if let result = PQgetResult(handle) { return result }
                if wasEnd { return nil }
                wasEnd = true
                continue
            }
            guard wait(until: deadline, writing: unsent > 0) else {
                throw giveUp("no answer within \(patience.components.seconds) s")
            }
            guard PQconsumeInput(handle) == 1 else { return nil }
            deadline = .now + patience
        }
    }

    /// Waits until there is something to read, or room to write; false when the time is over.
    func wait(until deadline: ContinuousClock.Instant, writing: Bool = false) -> Bool {
        var watched = pollfd(fd: socket, events: Int16(POLLIN | (writing ? POLLOUT : 0)), revents: 0)
        while true {
            let left = max(0, (deadline - ContinuousClock.now).milliseconds)
            let count = poll(&watched, 1, Int32(clamping: left))
            if count >= 0 || errno != EINTR { return count > 0 }
        }
    }

    // MARK: The connection's life

    private func reconnect() throws(DatabaseError) {
        if let refusal, ContinuousClock.now - refusal.time < Self.pause {
            throw .unreachable(server: address.shown, reason: refusal.reason)
        }
        PQreset(handle)
        try begin(with: nil)
    }

    private func begin(with migrations: [String]?) throws(DatabaseError) {
        (prepared, inTransaction, isGivenUp, refusal) = ([:], false, false, nil)
        guard PQstatus(handle) == CONNECTION_OK else {
            refusal = (.now, reason())
            throw broken()
        }
        guard PQserverVersion(handle) >= Self.oldestServer else {
            throw giveUp("the server is older than PostgreSQL \(Self.oldestServer / 10000)")
        }
        let encoding = PQparameterStatus(handle, "server_encoding").map { String(cString: $0) } ?? ""
        guard encoding == "UTF8" || encoding == "SQL_ASCII" else {
            throw giveUp("the database's encoding is \(encoding): make one with ENCODING 'UTF8' TEMPLATE template0")
        }
        if let migrations { try migrate(migrations) }
        guard PQsetnonblocking(handle, 1) == 0, PQenterPipelineMode(handle) == 1 else { throw broken() }
    }

    /// Runs statements that take no values; not in pipeline mode.
    ///
    /// The number that the last one answers; nil when it answers none.
    @discardableResult
    func script(_ sql: String) throws(DatabaseError) -> Int64? {
        let result = PQexec(handle, sql)
        defer { PQclear(result) }
        let status = PQresultStatus(result)
        guard status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK else { throw error(of: result) }
        return PQntuples(result) == 0 ? nil : Int64(String(cString: PQgetvalue(result, 0, 0)))
    }

    var server: String { address.shown }

    private func reason() -> String {
        String(cString: PQerrorMessage(handle)).split(whereSeparator: \.isNewline).joined(separator: "; ")
    }

    func broken() -> DatabaseError { giveUp(reason()) }

    private func giveUp(_ reason: String) -> DatabaseError {
        isGivenUp = true
        // The server is to know it, and to let go of what was locked.
        shutdown(socket, Int32(SHUT_RDWR))
        return .unreachable(server: address.shown, reason: reason)
    }

    private func error(of result: OpaquePointer?) -> DatabaseError {
        func field(_ code: UnicodeScalar) -> String {
            PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) } ?? ""
        }
        let state = field("C")
        // No state: the words are libpq's own, about the connection.
        guard !state.isEmpty else { return .unreachable(server: address.shown, reason: reason()) }
        return .refused(server: address.shown, state: state, reason: field("M"))
    }
}

/// `?` and `?1` as PostgreSQL names them: `$1`.
private func numbered(_ sql: String) -> String {
    var (text, count) = ("", 0)
    var rest = Substring(sql)
    while let mark = rest.firstIndex(of: "?") {
        text += rest[..<mark] + "$"
        rest = rest[rest.index(after: mark)...]
        if rest.first?.isNumber != true {
            count += 1
            text += "\(count)"
        }
    }
    return text + rest
}
