import Archives
import Platform
import Testing

@Suite struct ArchiveErrorTests {
    static let examples: [ArchiveError] = [
        .unreadable(path: "/a", reason: "r"), .damaged(path: "/a", entry: "e", reason: "r"),
        .damaged(path: "/a", entry: nil, reason: "r"), .refused(path: "/a", entry: "e", reason: "r"),
        .tooLarge(path: "/a", limit: "1 MiB"), .disk(SystemCallError("open", "/a", code: 28)), .cancelled(path: "/a"),
        .unsupported(path: "/a", entry: nil, what: "w", remedy: "r"), .empty(path: "/a"),
        .trailing(path: "/a", after: "gzip member"), .tooDense(path: "/a", ratio: 200),
        .tooManyEntries(path: "/a", limit: 1), .tooMuchMemory(path: "/a", need: "1 GiB", remedy: "r"),
    ]

    @Test(arguments: examples)
    func `every error says what happened and what to do`(error: ArchiveError) {
        #expect(!error.explanation.problem.isEmpty)
        #expect(!error.explanation.hint.isEmpty)
    }
}
