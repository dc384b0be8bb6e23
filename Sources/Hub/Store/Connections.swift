internal import Database
internal import Platform
internal import Synchronization

/// One connection that writes to a database, and some that read, each opened when it is first needed.
final class Connections: Sendable {
    typealias Open = @Sendable () throws(DatabaseError) -> sending any SQLConnection

    private let writer: Monitor<any SQLConnection>
    private let readers: [Monitor<(any SQLConnection)?>]
    private let openReader: Open
    private let turn = Atomic(0)

    init(writer: sending any SQLConnection, readers: Int, _ openReader: @escaping Open) {
        self.writer = Monitor(writer)
        self.readers = (0..<readers).map { _ in Monitor(nil) }
        self.openReader = openReader
    }

    func read<Value: Sendable>(
        _ body: (any SQLConnection) throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> Value {
        let turn = turn.wrappingAdd(1, ordering: .relaxed).newValue
        return try readers[Int(turn.magnitude % UInt(readers.count))].withLock {
            reader throws(DatabaseError) in
            if let reader { return try body(reader) }
            let opened = try openReader()
            reader = opened
            return try body(opened)
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
