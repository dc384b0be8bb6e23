import Database
import Platform
import Testing

@Suite struct DatabaseConnectionTests {
    static let things = ["CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT, bytes BLOB) STRICT"]

    @Test func `what is stored comes back as it was, awkward characters too`() throws {
        try withDatabase { path in
            let database = try DatabaseConnection.open(path, migrations: Self.things)
            let name = "a\u{0}b\"'; DROP TABLE things --\u{1F600}"
            try database.run("INSERT INTO things VALUES (?, ?, ?)", [7, .text(name), .blob([0, 255, 0])])
            try database.run("INSERT INTO things VALUES (?, ?, ?)", [8, .null, .blob([])])
            let rows = try database.rows("SELECT id, name, bytes FROM things ORDER BY id")
            #expect(try rows[0].integer(0) == 7)
            #expect(try rows[0].text(1) == name)
            #expect(try rows[0].blob(2) == [0, 255, 0])
            #expect(try rows[1].text(1) == nil)
            #expect(try rows[1].blob(2) == [])
            #expect(throws: DatabaseError.unexpectedValue(column: 0, wanted: "text")) { try rows[0].text(0) }
        }
    }

    @Test func `a transaction that fails leaves nothing behind and the next one works`() throws {
        try withDatabase { path in
            let database = try DatabaseConnection.open(path, migrations: Self.things)
            #expect(throws: DatabaseError.self) {
                try database.transaction { _ throws(DatabaseError) in
                    try database.run("INSERT INTO things(id) VALUES (1)")
                    try database.run("INSERT INTO things(id) VALUES (1)")
                }
            }
            #expect(try database.rows("SELECT id FROM things").isEmpty)
            try database.transaction { _ throws(DatabaseError) in
                try database.run("INSERT INTO things(id) VALUES (2)")
            }
            #expect(try database.row("SELECT id FROM things")?.integer(0) == 2)
        }
    }

    @Test func `a committed transaction is there for a new connection, in a file that only its owner reads`() throws {
        try withDatabase { path in
            let database = try DatabaseConnection.open(path, migrations: Self.things)
            try database.run("INSERT INTO things(id) VALUES (3)")
            let other = try DatabaseConnection.open(path, migrations: Self.things)
            #expect(try other.row("SELECT id FROM things")?.integer(0) == 3)
            #expect(try database.row("PRAGMA journal_mode")?.text(0) == "wal")
            #expect(try database.row("PRAGMA synchronous")?.integer(0) == 2)
            for file in [path, "\(path)-wal", "\(path)-shm"] { #expect(try FileStatus.of(file)?.mode == 0o600) }
        }
    }

    @Test func `each migration runs once, also when the file is older`() throws {
        try withDatabase { path in
            _ = try DatabaseConnection.open(path, migrations: Self.things)
            let newer = Self.things + ["ALTER TABLE things ADD COLUMN colour TEXT; INSERT INTO things(id) VALUES (1)"]
            _ = try DatabaseConnection.open(path, migrations: newer)
            let database = try DatabaseConnection.open(path, migrations: newer)
            #expect(try database.rows("SELECT colour FROM things").count == 1)
        }
    }

    @Test func `a migration that fails leaves the file as it was`() throws {
        try withDatabase { path in
            _ = try DatabaseConnection.open(path, migrations: Self.things)
            #expect(throws: DatabaseError.self) {
                _ = try DatabaseConnection.open(
                    path, migrations: Self.things + ["INSERT INTO things(id) VALUES (1); SELECT nonsense"])
            }
            let database = try DatabaseConnection.open(path, migrations: Self.things)
            #expect(try database.rows("SELECT id FROM things").isEmpty)
        }
    }

    @Test func `a file of a newer format is refused and not touched`() throws {
        try withDatabase { path in
            _ = try DatabaseConnection.open(path, migrations: Self.things + ["SELECT 1"])
            #expect(throws: DatabaseError.tooNew(path: path, version: 2, known: 1)) {
                _ = try DatabaseConnection.open(path, migrations: Self.things)
            }
        }
    }

    @Test func `a file that is no database is called damaged`() throws {
        try withDatabase { path in
            try Files.replace(path, with: Array(repeating: 65, count: 4096), mode: 0o600)
            #expect(throws: DatabaseError.damaged(path: path, reason: "file is not a database")) {
                _ = try DatabaseConnection.open(path, migrations: Self.things)
            }
        }
    }

    @Test func `four writers that open a new file at once all get their turn`() async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/database-")
        defer { try? Folders.removeTree(folder) }
        await withTaskGroup(of: Result<Void, DatabaseError>.self) { group in
            for writer in 0..<4 {
                group.addTask { await Self.writeTwenty(as: writer, to: "\(folder)/one.db") }
            }
            for await result in group { #expect(throws: Never.self) { try result.get() } }
        }
        let database = try DatabaseConnection.open("\(folder)/one.db", migrations: Self.things)
        #expect(try database.row("SELECT count(*) FROM things")?.integer(0) == 80)
    }

    private static func writeTwenty(as writer: Int, to path: String) async -> Result<Void, DatabaseError> {
        await onOwnThread { () throws(Never) in
            Result { () throws(DatabaseError) in
                let database = try DatabaseConnection.open(path, migrations: things)
                for number in 0..<20 {
                    try database.run("INSERT INTO things(id) VALUES (?)", [.integer(Int64(writer * 20 + number))])
                }
            }
        }
    }
}

func withDatabase(_ body: (String) throws -> Void) throws {
    let folder = try Folders.makeTemporary(prefix: "/tmp/database-")
    defer { try? Folders.removeTree(folder) }
    try body("\(folder)/test.db")
}
