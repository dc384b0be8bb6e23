internal import Database
internal import Platform
internal import Synchronization

/// All that must outlive the process: hosts, tokens, runs, reports, and what is known of artifacts.
///
/// Several processes may use one folder. Readers wait for no writer; every call blocks on the disk.
public final class HubStore: Sendable {
    private let writer: Mutex<DatabaseConnection>
    private let reader: Mutex<DatabaseConnection>

    /// Opens `FOLDER/hub.db`, made when missing.
    init(folder: String) throws(DatabaseError) {
        let path = "\(folder)/hub.db"
        writer = Mutex(try DatabaseConnection.open(path, migrations: Schema.migrations))
        reader = Mutex(try DatabaseConnection.open(path, migrations: Schema.migrations))
    }

    func read<Value: Sendable>(
        _ body: (inout DatabaseConnection) throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> Value {
        try reader.withLock { (database: inout DatabaseConnection) throws(DatabaseError) in try body(&database) }
    }

    /// One transaction: on the disk when this returns, or nothing of it.
    @discardableResult
    func write<Value: Sendable>(
        _ body: (inout DatabaseConnection) throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> Value {
        try writer.withLock { (database: inout DatabaseConnection) throws(DatabaseError) in
            try database.transaction(body)
        }
    }

    /// Copies the database into a file of its own, whole or not at all.
    public func backUp(to path: String) throws(HubError) {
        do throws(DatabaseError) {
            try reader.withLock { (database: inout DatabaseConnection) throws(DatabaseError) in
                try database.backUp(to: path)
            }
        } catch { throw .database(error) }
    }
}
