internal import Database
internal import Platform
internal import PostgreSQL

/// All that must outlive the process.
///
/// Several processes may use one folder. Readers wait for no writer; every call blocks on the disk or on the server.
public final class HubStore: Sendable {
    /// Hosts, tokens, configs, runs, reports and artifacts: in PostgreSQL if there is one, where hubs share them.
    let fleet: Connections
    /// What is known of this machine's workspaces, and who may write them.
    let local: Connections
    /// The server that holds the fleet; nil when `hub.db` does.
    let server: PostgreSQLAddress?
    /// Tells this hub's reports from those of others on the same server.
    let hubNumber = String(UInt64.random(in: 0 ... .max), radix: 16)
    private let file: String
    /// Before that moment nobody was there to be told anything: a hub that starts calls no host silent for what it missed.
    let silenceCountsFrom = Timestamp.now()

    /// As many as answer requests at a time.
    private static let readers = 4

    /// Opens the hub's own database, made when missing, and the server's if there is one.
    init(file: String, server: PostgreSQLAddress?) throws(DatabaseError) {
        self.server = server
        self.file = file
        let open: Connections.Open = { () throws(DatabaseError) in
            try DatabaseConnection.open(file, migrations: Schema.migrations)
        }
        local = Connections(writer: try open(), readers: 1, open)
        guard let server else {
            fleet = local
            return
        }
        let writer = try PostgreSQLConnection.open(server, migrations: SharedSchema.migrations)
        fleet = Connections(writer: writer, readers: Self.readers) { () throws(DatabaseError) in
            try PostgreSQLConnection.open(server)
        }
    }

    /// The databases can be read.
    func check() throws(DatabaseError) {
        try checkFolder()
        if server != nil { try Self.check(fleet) }
    }

    /// The folder's own can be read.
    func checkFolder() throws(DatabaseError) { try Self.check(local) }

    private static func check(_ connections: Connections) throws(DatabaseError) {
        try connections.read { database throws(DatabaseError) in
            _ = try database.row("SELECT 1 FROM hosts LIMIT 1")
        }
    }

    /// How many hosts the folder's own database has.
    func countLocalHosts() throws(DatabaseError) -> Int64 {
        try local.read { database throws(DatabaseError) in
            try database.row("SELECT count(*) FROM hosts")?.integer(0) ?? 0
        }
    }

    /// Copies the folder's database into a file of its own, whole or not at all.
    public func backUp(to path: String) throws(HubError) {
        do throws(DatabaseError) {
            let database = try DatabaseConnection.open(file, migrations: Schema.migrations)
            try database.backUp(to: path)
        } catch { throw .database(error) }
    }
}
