import Database
import Platform
import Support
import Testing

@Suite struct DatabaseErrorTests {
    private static let place = AwkwardPlace.path
    static let examples: [DatabaseError] = [
        .cannotOpen(path: place, reason: "no such folder"), .busy(path: place), .full(path: place),
        .damaged(path: place, reason: "not a database"), .tooNew(path: place, version: 2, known: 1),
        .failed(path: place, code: 1, reason: "syntax"), .failed(path: place, code: 8, reason: "r"),
        .failed(path: place, code: 10, reason: "r"), .unexpectedValue(column: 1, wanted: "text"), .cutOff(path: place),
        .unreachable(server: place, reason: "r"), .refused(server: place, state: "42501", reason: "r"),
    ]

    @Test(arguments: [
        (1, "script"), (19, "script"), (2067, "script"), (9, "run again"), (8, "owner"), (7, "memory"),
        (10, "disk"),
        (778, "disk"),
    ])
    func `what to do depends on what SQLite says`(code: Int32, word: String) {
        #expect(DatabaseError.failed(path: "/x", code: code, reason: "r").explanation.hint.contains(word))
    }

    @Test func `every error says what happened, where, and what to do about it`() throws {
        #expect(ErrorWalk(DatabaseError.self, in: "Database/DatabaseError.swift", Self.examples).faults == [])
    }
}
