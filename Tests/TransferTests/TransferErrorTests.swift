import Platform
import Testing
import Transfer

@Suite struct TransferErrorTests {
    static let examples: [TransferError] =
        [
            .refusedAddress("ftp://a/x", "is no address"), .wrongAnswer(url: "https://a/x", reason: "r"),
            .tooLarge(url: "https://a/x", limit: 1), .gaveUp(url: "https://a/x", attempts: 5, last: "l", hint: "h"),
            .refusedRedirect(url: "https://a/x", to: "http://b/x", reason: "r"), .refusedHeader("r"),
            .noRoom(path: "/x", needed: 1 << 30, free: 5), .disk(SystemCallError("open", "/x", code: 28)),
            .cancelled(url: "https://a/x"),
        ] + [302, 401, 404, 418, 429, 503].map { .status(url: "https://a/x", $0) }
        + [Distrust.outOfDate, .unknownAuthority, .wrongName, .other].map {
            .untrusted(url: "https://a/x", $0, reason: "r")
        } + [6, 7, 28, 35, 58, 77, 18].map { .connection(url: "https://a/x", code: $0, reason: "r") }

    @Test(arguments: examples)
    func `every error says what happened and what to do`(error: TransferError) {
        #expect(!error.explanation.problem.isEmpty)
        #expect(!error.explanation.hint.isEmpty)
    }
}
