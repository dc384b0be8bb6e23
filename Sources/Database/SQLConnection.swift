/// What a connection to any database can do: one owner, one thread at a time; every call blocks.
///
/// Statements name their values `?1`, `?2`, … or `?` each.
public protocol SQLConnection: AnyObject {
    /// Runs one statement once with each of the values, as fast as the database can, and copies the answers.
    func rows(_ sql: String, each values: [[DatabaseValue]]) throws(DatabaseError) -> [[DatabaseRow]]

    /// Runs one statement; the number of rows it changed.
    @discardableResult
    func run(_ sql: String, _ values: [DatabaseValue]) throws(DatabaseError) -> Int

    /// Begins a transaction that writes.
    func begin() throws(DatabaseError)
    /// Ends it; what it did survives a power cut once this returns.
    func commit() throws(DatabaseError)
    /// Ends it as if it had never begun; nothing happens when there is none.
    func rollBack()
}

extension SQLConnection {
    /// Runs one query and copies its whole answer.
    public func rows(_ sql: String, _ values: [DatabaseValue] = []) throws(DatabaseError) -> [DatabaseRow] {
        try rows(sql, each: [values])[0]
    }

    /// The first line of a query's answer; nil when it is empty.
    public func row(_ sql: String, _ values: [DatabaseValue] = []) throws(DatabaseError) -> DatabaseRow? {
        try rows(sql, values).first
    }

    /// Does all of `body` or nothing; other writers wait from its start.
    @discardableResult
    public func transaction<Value>(
        _ body: (any SQLConnection) throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> Value {
        try begin()
        do throws(DatabaseError) {
            let value = try body(self)
            try commit()
            return value
        } catch {
            rollBack()
            throw error
        }
    }
}
