import Support
import Testing

@testable import Hub

/// Where a test's hub keeps its fleet.
enum TestDatabase: CaseIterable, CustomTestStringConvertible {
    case folder, server

    /// The server of the suite that runs, see ``PostgreSQLTrait``.
    @TaskLocal static var postgreSQL: PostgreSQLServer?

    /// A fresh one; nil for the hub's own folder.
    func make() async throws -> SharedDatabase? {
        guard self == .server else { return nil }
        return try SharedDatabase(try await #require(Self.postgreSQL, "the suite has no server").makeDatabase())
    }

    /// The server's is among them where one can be started.
    static var available: [TestDatabase] { PostgreSQLServer.programs == nil ? [.folder] : allCases }

    var testDescription: String { self == .folder ? "SQLite" : "PostgreSQL" }
}

/// One PostgreSQL server for all tests of a suite.
struct PostgreSQLTrait: SuiteTrait, TestScoping {
    @concurrent func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        guard PostgreSQLServer.programs != nil else { return try await function() }
        try await PostgreSQLServer.with { server in
            try await TestDatabase.$postgreSQL.withValue(server) { try await function() }
        }
    }
}

extension Trait where Self == PostgreSQLTrait {
    static var postgreSQL: Self { Self() }
}
