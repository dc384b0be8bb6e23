import Platform
import Testing

@testable import Database

@Suite struct ForeignDatabaseTests {
    private static let scripts = ["CREATE TABLE a (x); INSERT INTO a VALUES (1)", "CREATE TABLE b (y)"]

    @Test func `a database is made by its scripts, and brought on by those it has not seen`() throws {
        try with { (database) throws in
            try database.migrate([Self.scripts[0]], stop: StopFlag())
            #expect(try database.outline() == .init(version: 1, tables: ["a"]))
            #expect(try FileStatus.of(database.path)?.mode == 0o600)
            for _ in 1...2 { try database.migrate(Self.scripts, stop: StopFlag()) }
            #expect(try database.outline() == .init(version: 2, tables: ["a", "b"]))
            let connection = try DatabaseConnection.open(database.path, migrations: Self.scripts)
            #expect(try connection.row("SELECT count(*) FROM a")?.integer(0) == 1)
        }
    }

    @Test func `looking changes nothing, not even a time, and makes no file beside it`() throws {
        try with { (database) throws in
            try database.migrate(Self.scripts, stop: StopFlag())
            let folder = Files.folder(of: database.path)
            let before = (try FileStatus.of(database.path), try FileStatus.of(folder), try Folders.names(in: folder))
            _ = try database.outline()
            let after = (try FileStatus.of(database.path), try FileStatus.of(folder), try Folders.names(in: folder))
            #expect(before == after)
        }
    }

    @Test func `what stands in a log beside the file counts`() throws {
        try with { (database) throws in
            let connection = try DatabaseConnection.open(database.path, migrations: [Self.scripts[0]])
            try connection.script("PRAGMA wal_autocheckpoint=0; CREATE TABLE late (z); PRAGMA user_version=7")
            #expect(try database.outline() == .init(version: 7, tables: ["a", "late"]))
            _ = consume connection
        }
    }

    @Test func `a newer version's database stays as it is`() throws {
        try with { (database) throws in
            try database.migrate(Self.scripts, stop: StopFlag())
            try database.migrate([Self.scripts[0]], stop: StopFlag())
            #expect(try database.outline().version == 2)
        }
    }

    @Test func `a script that fails leaves the file as the one before it left it`() throws {
        try with { (database) throws in
            #expect(throws: DatabaseError.self) {
                try database.migrate([Self.scripts[0], "CREATE TABLE c (x); CREATE TABLE a (x)"], stop: StopFlag())
            }
            #expect(try database.outline() == .init(version: 1, tables: ["a"]))
        }
    }

    @Test(arguments: [
        "COMMIT", "BEGIN", "SAVEPOINT s", "ATTACH '/tmp/other' AS o", "nonsense",
        "CREATE TABLE a (x); CREATE TABLE a (x)",
    ])
    func `what a script may not do is found before a file is touched`(script: String) throws {
        try with { (database) throws in
            #expect(throws: DatabaseError.self) { try database.outline(after: [script], stop: StopFlag()) }
            #expect(try FileStatus.of(database.path) == nil)
        }
    }

    @Test func `a script cannot write another file`() throws {
        try with { (database) throws in
            let other = "\(database.path).other"
            for script in ["ATTACH '\(other)' AS o; CREATE TABLE o.t (x)", "VACUUM INTO '\(other)'"] {
                #expect(throws: DatabaseError.self) { try database.migrate([script], stop: StopFlag()) }
            }
            #expect(try FileStatus.of(other) == nil)
        }
    }

    @Test func `a script without end can be stopped`() async throws {
        let stop = StopFlag()
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        startThread { stop.set() }
        #expect(throws: DatabaseError.self) {
            try ForeignDatabase("/tmp/none").outline(after: [endless], stop: stop)
        }
    }

    @Test func `what is no database is told of and left`() throws {
        try with { (database) throws in
            try Files.replace(database.path, with: Array(repeating: 0x41, count: 5000), mode: 0o600)
            #expect(throws: DatabaseError.self) { try database.outline() }
            #expect(throws: DatabaseError.self) { try database.migrate(Self.scripts, stop: StopFlag()) }
            #expect(try Files.read(database.path).count == 5000)
        }
    }

    private func with(_ body: (ForeignDatabase) throws -> Void) throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/foreign-database-tests?#%-")
        defer { try? Folders.removeTree(folder) }
        try body(ForeignDatabase("\(folder)/a b.sqlite"))
    }
}
