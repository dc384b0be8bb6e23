import Database
import Platform
import Testing

@Suite struct DatabaseErrorTests {
    static let examples: [DatabaseError] = [
        .cannotOpen(path: "/x", reason: "no such folder"), .busy(path: "/x"), .full(path: "/x"),
        .damaged(path: "/x", reason: "not a database"), .tooNew(path: "/x", version: 2, known: 1),
        .failed(path: "/x", code: 1, reason: "syntax"), .unexpectedValue(column: 1, wanted: "text"),
    ]

    @Test(arguments: [
        (1, "script"), (19, "script"), (2067, "script"), (9, "run again"), (8, "owner"), (7, "memory"),
        (10, "disk"),
        (778, "disk"),
    ])
    func `what to do depends on what SQLite says`(code: Int32, word: String) {
        #expect(DatabaseError.failed(path: "/x", code: code, reason: "r").explanation.hint.contains(word))
    }

    @Test(arguments: examples)
    func `every error says what happened and what to do`(error: DatabaseError) {
        #expect(!error.explanation.problem.isEmpty)
        #expect(!error.explanation.hint.isEmpty)
    }
}
