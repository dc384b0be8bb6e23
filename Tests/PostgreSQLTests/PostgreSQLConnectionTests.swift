import Database
import Platform
import Support
import Testing

@testable import PostgreSQL

@Suite(.enabled(if: PostgreSQLServer.programs != nil, "needs a PostgreSQL server"))
struct PostgreSQLConnectionTests {
    @Test func `values come back as they went, but for NUL, which PostgreSQL cannot hold in text`() async throws {
        try await withDatabase { connection, _ in
            let values: [DatabaseValue] = [
                .integer(.max), .integer(.min), 0, -1, "", "häuser 😀 '\"\\", .blob([]), .blob([0, 255, 39]), .null,
            ]
            let list = values.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
            #expect(try connection.row("SELECT \(list)", values) == DatabaseRow(values))
            #expect(try connection.row("SELECT ?", ["a\0b"])?.text(0) == "a\u{fffd}b")
            let numbers = try connection.row(
                "SELECT 1::smallint, -2::int, true, false, count(*) FROM pg_type WHERE false")
            #expect(numbers == DatabaseRow([1, -2, 1, 0, 0]))
        }
    }

    @Test func `a statement runs once with each of many values, more than any buffer holds`() async throws {
        try await withDatabase { connection, _ in
            let text = String(repeating: "x", count: 64 << 10)
            let answers = try connection.rows(
                "SELECT ?1::bigint, length(?2), ?2", each: (0..<500).map { [.integer(Int64($0)), .text(text)] })
            #expect(try answers.map { try $0[0].integer(0) } == (0..<500).map { Int64($0) })
            #expect(try answers.allSatisfy { try $0[0].integer(1) == Int64(text.utf8.count) && $0[0].text(2) == text })
        }
    }

    @Test func `what fails says so, undoes its transaction, and leaves the connection fit for the next`() async throws {
        try await withDatabase { connection, _ in
            try connection.run("INSERT INTO numbers VALUES (?)", [1])
            try connection.begin()
            try connection.run("INSERT INTO numbers VALUES (?)", [2])
            let refused = #expect(throws: DatabaseError.self) {
                try connection.run("INSERT INTO numbers VALUES (?)", [1])
            }
            guard case .refused(_, "23505", let reason) = refused else {
                Issue.record("\(String(describing: refused))")
                return
            }
            #expect(reason.contains("unique"))
            connection.rollBack()
            for wrong in ["SELEC 1", "SELECT 1/?"] {
                for _ in 0..<2 {
                    #expect(throws: DatabaseError.self) { try connection.rows(wrong, [0]) }
                }
            }
            #expect(try connection.row("SELECT 12/?", [4])?.integer(0) == 3)
            #expect(try connection.run("INSERT INTO numbers VALUES (?) ON CONFLICT DO NOTHING", [1]) == 0)
            #expect(try connection.rows("SELECT n FROM numbers") == [DatabaseRow([1])])
        }
    }

    @Test func `a connection lives on when the server was started again`() async throws {
        try await withDatabase { connection, server in
            try connection.begin()
            try connection.run("INSERT INTO numbers VALUES (1)")
            try await server.stop()
            try await server.start()
            #expect(throws: DatabaseError.self) { try connection.commit() }
            connection.rollBack()
            #expect(try connection.rows("SELECT n FROM numbers").isEmpty)
            try await server.stop()
            for _ in 0..<3 {
                let error = #expect(throws: DatabaseError.self) { try connection.begin() }
                guard case .unreachable = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
            }
            try await server.start()
            // A server that could not be reached is left in peace for a moment.
            try await Task.sleep(for: .seconds(1.1))
            try connection.begin()
            try connection.run("INSERT INTO numbers VALUES (?)", [7])
            try connection.commit()
            #expect(try connection.rows("SELECT n FROM numbers") == [DatabaseRow([7])])
        }
    }

    @Test func `a server that says nothing more is given up in time`() async throws {
        try await withDatabase(options: "&options=-cstatement_timeout%3D0") { connection, _ in
            connection.patience = .seconds(1)
            let error = #expect(throws: DatabaseError.self) {
                try connection.row("SELECT pg_sleep(30)")
            }
            #expect(error?.explanation.problem.contains("no answer within 1 s") == true)
            connection.patience = .seconds(10)
            try await Task.sleep(for: .seconds(1.1))
            #expect(try connection.row("SELECT 1")?.integer(0) == 1)
        }
    }

    @Test func `a database that cannot hold all text is refused at once, with the remedy`() async throws {
        try await PostgreSQLServer.with { server in
            _ = try await server.query(
                "CREATE DATABASE l ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0", in: "postgres")
            let address = try #require(PostgreSQLAddress(server.address(of: "l")))
            let error = #expect(throws: DatabaseError.self) { try PostgreSQLConnection.open(address) }
            #expect(error?.explanation.problem.contains("encoding is LATIN1") == true)
        }
    }

    @Test func `who has vanished within a transaction holds up the others for moments only`() async throws {
        try await withDatabase { connection, server in
            try connection.run("INSERT INTO numbers VALUES (?)", [1])
            let address = try #require(PostgreSQLAddress(server.address(of: "d")))
            let other = try PostgreSQLConnection.open(address)
            other.patience = .seconds(1)
            try other.begin()
            try other.run("UPDATE numbers SET n = 2")
            // It gives up, and nobody asks it anything more.
            #expect(throws: DatabaseError.self) { try other.row("SELECT pg_sleep(30)") }
            #expect(try connection.run("UPDATE numbers SET n = 3") == 1)
            _ = consume other
        }
    }

    @Test func `what one tells, those who listen hear`() async throws {
        try await withDatabase { connection, server in
            try connection.listen(to: "news")
            #expect(try connection.notifications(within: .milliseconds(10)) == [])
            _ = try await server.query("NOTIFY news, 'one'; NOTIFY news, 'two ä'", in: "d")
            #expect(try connection.notifications(within: .seconds(10)) == ["one", "two ä"])
        }
    }

    @Test func `programs that bring a database to its format at once do it once`() async throws {
        try await PostgreSQLServer.with { server in
            let address = try #require(PostgreSQLAddress(try await server.makeDatabase("d")))
            let scripts = ["CREATE TABLE a (n INT)", "ALTER TABLE a ADD COLUMN m INT"]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        try await onOwnThread { () throws(DatabaseError) in
                            _ = try PostgreSQLConnection.open(address, migrations: scripts)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await server.query("SELECT version FROM schema_version ORDER BY 1", in: "d") == "1\n2")
            let error = #expect(throws: DatabaseError.self) {
                _ = try PostgreSQLConnection.open(address, migrations: Array(scripts.prefix(1)))
            }
            #expect(error == .tooNew(path: address.shown, version: 2, known: 1))
            #expect(throws: DatabaseError.self) {
                _ = try PostgreSQLConnection.open(address, migrations: scripts + ["CREATE TABLE b (n INT); nonsense"])
            }
            #expect(
                try await server.query("SELECT to_regclass('b') IS NULL, max(version) FROM schema_version", in: "d")
                    == "t|2")
        }
    }

    @Test func `TLS holds the server to the CA that the address names`() async throws {
        let port = try PostgreSQLServer.freePort()
        let settings = ["ssl = on", "ssl_cert_file = '../own.pem'", "ssl_key_file = '../own.key'"]
        try await PostgreSQLServer.with(port: port, settings: settings, preparing: makeCertificates) { server in
            _ = try await server.makeDatabase("d")
            func connect(_ ca: String, _ host: String) throws -> String? {
                let ca = "sslmode=verify-full&sslrootcert=\(server.folder)/\(ca)"
                let address = try #require(PostgreSQLAddress("postgresql://postgres@\(host):\(port)/d?\(ca)"))
                let connection = try PostgreSQLConnection.open(address)
                return try connection.row("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")?.text(0)
            }
            #expect(try connect("own.pem", "127.0.0.1") == "TLSv1.3")
            for (ca, host) in [("other.pem", "127.0.0.1"), ("own.pem", "localhost")] {
                let error = #expect(throws: DatabaseError.self) { try connect(ca, host) }
                #expect(error?.explanation.problem.contains("certificate") == true, "\(String(describing: error))")
            }
        }
    }

    private func makeCertificates(in folder: String) async throws {
        let script = """
            cd "$0"
            for name in own other; do
                openssl req -x509 -newkey rsa:2048 -nodes -keyout $name.key -out $name.pem -days 2 -subj /CN=database \
                    -addext subjectAltName=IP:127.0.0.1 2>/dev/null
            done
            """
        let made = try await Subprocess.run(Command("/bin/sh", ["-ec", script, folder]), timeout: .seconds(300))
        #expect(made.succeeded)
    }

    private func withDatabase(
        options: String = "",
        _ body: (PostgreSQLConnection, PostgreSQLServer) async throws -> Void
    ) async throws {
        try await PostgreSQLServer.with { server in
            let address = try #require(PostgreSQLAddress(try await server.makeDatabase("d") + options))
            let connection = try PostgreSQLConnection.open(
                address, migrations: ["CREATE TABLE numbers (n BIGINT PRIMARY KEY)"])
            try await body(connection, server)
        }
    }
}
