import Archives
import Platform
import Support
import Testing

@Suite struct ArchiveErrorTests {
    static let examples: [ArchiveError] = [
        .unreadable(path: AwkwardPlace.path, reason: "r"), .damaged(path: AwkwardPlace.path, entry: "e", reason: "r"),
        .damaged(path: AwkwardPlace.path, entry: nil, reason: "r"),
        .refused(path: AwkwardPlace.path, entry: "e", reason: "r"),
        .tooLarge(path: AwkwardPlace.path, limit: "1 MiB"), .disk(SystemCallError("open", "/a", code: 28)),
        .cancelled(path: AwkwardPlace.path),
        .unsupported(path: AwkwardPlace.path, entry: nil, what: "w", remedy: "r"), .empty(path: AwkwardPlace.path),
        .trailing(path: AwkwardPlace.path, after: "gzip member"), .tooDense(path: AwkwardPlace.path, ratio: 200),
        .tooManyEntries(path: AwkwardPlace.path, limit: 1),
        .tooMuchMemory(path: AwkwardPlace.path, need: "1 GiB", remedy: "r"),
    ]

    @Test func `every error says what happened, where, and what to do about it`() throws {
        #expect(ErrorWalk(ArchiveError.self, in: "Archives/ArchiveError.swift", Self.examples).faults == [])
    }
}
