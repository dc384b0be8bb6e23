internal import Database
internal import Platform
internal import Synchronization

/// One connection that writes to a database, and some that read.
final class Connections: Sendable {
    private let writer: Monitor<any SQLConnection>
    private let readers: [Monitor<any SQLConnection>]
    private let turn = Atomic(0)

    init(readers: Int, _ open: () throws(DatabaseError) -> sending any SQLConnection) throws(DatabaseError) {
        writer = Monitor(try open())
        var opened: [Monitor<any SQLConnection>] = []
        for _ in 0..<readers { opened.append(Monitor(try open())) }
        self.readers = opened
    }

    func read<Value: Sendable>(
        _ body: (any SQLConnection) throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> Value {
        let turn = turn.wrappingAdd(1, ordering: .relaxed).newValue
        return try readers[Int(turn.magnitude % UInt(readers.count))].withLock {
            database throws(DatabaseError) in try body(database)
        }
    }

    /// One transaction: kept when this returns, or nothing of it.
    @discardableResult
    func write<Value: Sendable>(
        _ body: (any SQLConnection) throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> Value {
        try writer.withLock { database throws(DatabaseError) in try database.transaction(body) }
    }
}
