internal import Database
internal import Synchronization

/// A connection to the one database or the other.
typealias Connection = any SQLConnection & ~Copyable

/// One connection that writes to a database, and some that read.
final class Connections: Sendable {
    private let writer: Mutex<Connection>
    private let readers: [Reader]
    private let turn = Atomic(0)

    private final class Reader: Sendable {
        let connection: Mutex<Connection>

        init(_ connection: consuming sending Connection) { self.connection = Mutex(connection) }
    }

    init<One: SQLConnection & ~Copyable>(readers: Int, _ open: () throws(DatabaseError) -> sending One)
        throws(DatabaseError)
    {
        writer = Mutex(try open())
        var opened: [Reader] = []
        for _ in 0..<readers { opened.append(Reader(try open())) }
        self.readers = opened
    }

    func read<Value: Sendable>(
        _ body: (inout Connection) throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> Value {
        let turn = turn.wrappingAdd(1, ordering: .relaxed).newValue
        return try readers[Int(turn.magnitude % UInt(readers.count))].connection.withLock {
            (database: inout Connection) throws(DatabaseError) in try body(&database)
        }
    }

    /// One transaction: kept when this returns, or nothing of it.
    @discardableResult
    func write<Value: Sendable>(
        _ body: (inout Connection) throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> Value {
        try writer.withLock { (database: inout Connection) throws(DatabaseError) in
            try database.begin()
            do throws(DatabaseError) {
                let value = try body(&database)
                try database.commit()
                return value
            } catch {
                database.rollBack()
                throw error
            }
        }
    }
}
