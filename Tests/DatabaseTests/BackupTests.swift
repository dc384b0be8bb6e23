import Database
import Platform
import Testing

@Suite struct BackupTests {
    @Test func `a backup holds what was committed, replaces the last one, and opens by itself`() throws {
        try withDatabase { path in
            let things = DatabaseConnectionTests.things
            let database = try DatabaseConnection.open(path, migrations: things)
            try database.run("INSERT INTO things(id) VALUES (1)")
            try Files.replace("\(path).backup", with: [1, 2, 3], mode: 0o644)
            try database.backUp(to: "\(path).backup")
            try database.run("INSERT INTO things(id) VALUES (2)")

            let copy = try DatabaseConnection.open("\(path).backup", migrations: things)
            #expect(try copy.row("SELECT group_concat(id) FROM things")?.text(0) == "1")
            #expect(try FileStatus.of("\(path).backup")?.mode == 0o600)
        }
    }

    @Test func `a backup into a missing folder fails and leaves nothing`() throws {
        try withDatabase { path in
            let database = try DatabaseConnection.open(path, migrations: DatabaseConnectionTests.things)
            var error: DatabaseError?
            do throws(DatabaseError) { try database.backUp(to: "\(path)-none/x") } catch let caught { error = caught }
            guard case .cannotOpen = error else {
                Issue.record("got \(String(describing: error))")
                return
            }
        }
    }
}
