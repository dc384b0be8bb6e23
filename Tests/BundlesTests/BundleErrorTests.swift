import Archives
import Digests
import Platform
import Support
import Testing
import Transfer

@testable import Bundles

@Suite struct BundleErrorTests {
    static let examples: [BundleError] = [
        .transfer(.status(url: "https://a/x", 404)),
        .mismatch(url: "https://a/x", wanted: .of("a".utf8), found: .of("b".utf8), resumed: false),
        .badChecksum(url: "https://a/x", reason: "r"), .archive(.unreadable(path: "/a", reason: "r")),
        .manifest(path: "/m", reason: "r"), .disk(SystemCallError("open", "/x", code: 28)),
        .wrongLength(url: "https://a/x", wanted: 1, found: nil), .wrongLength(url: "https://a/x", wanted: 2, found: 1),
        .tooLong(url: "https://a/x", limit: 1),
        .stopped(url: "https://a/x"), .signature(url: "https://a/x", reason: "r"),
        .badRelease(url: "https://a/x", reason: "r"),
        .notTheFile(url: "https://a/x", ServerAnswer(whole: Array("<p>".utf8)), wanted: "archive"),
        .tooOld(url: "https://a/x", version: "1", minimum: "2"),
        .replayed(url: "https://a/x", version: "1", seen: "2", record: "/b/.records/.newest-seen"),
        .unsuitable(path: "/m", reason: "r", remedy: "do"), .notPacked(path: "/m", reason: "r", remedy: "do"),
        .occupied(path: "/m", reason: "r", remedy: "do"),
    ]

    @Test func `every error says what happened, where, and what to do about it`() throws {
        #expect(ErrorWalk(BundleError.self, in: "Bundles/Install/BundleError.swift", Self.examples).faults == [])
    }
}
