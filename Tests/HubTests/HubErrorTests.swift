import Database
import Platform
import Testing

@testable import Hub

@Suite struct HubErrorTests {
    static let examples: [HubError] = [
        .database(.full(path: "/x")), .system(SystemCallError("open", "/x", code: 2)), .badListenAddress("x"),
        .cannotListen(address: "127.0.0.1:1", reason: "in use", hint: "choose another"), .badHostID("x"), .badURL("x"),
        .hostExists("x"),
        .noSuchHost("x"), .notAnObject(path: "/x"), .badLifetime("x"), .badUserName("x"), .badRole("x"), .badPassword,
        .passwordsDiffer, .noSuchUser("x"), .noSuchKey("x"), .badProxy("x"), .plainHub("http://h"),
        .unusableField(host: "h", field: "f", reason: "is missing"), .notABinary(path: "/x", reason: "text"),
        .badFileName(path: "/x"), .noBinary, .badWorkspace(path: "..", root: "/w"), .userDataTooLarge(bytes: 20000),
    ]

    @Test(arguments: examples)
    func `every error says what happened and what to do`(error: HubError) {
        #expect(!error.explanation.problem.isEmpty)
        #expect(!error.explanation.hint.isEmpty)
    }

    @Test(arguments: ["", ":", "8002", "host:80", "127.0.0.1:x", "127.0.0.1:70000", "1.2.3:1", "[::1]", "::1", "a b:1"])
    func `what is no address to listen on is refused`(text: String) {
        #expect(throws: HubError.badListenAddress(text)) { try ListenAddress(text) }
    }

    @Test(arguments: [("127.0.0.1:1", "127.0.0.1:1"), ("localhost:0", "127.0.0.1:0"), ("[::1]:80", "[::1]:80")])
    func `an address to listen on is read`(text: String, authority: String) throws {
        #expect(try ListenAddress(text).authority == authority)
    }

    @Test(arguments: ["", "hub", "ftp://hub", "http://", "http://a/b", "https://u:p@h", "http://h:99999", "http://[x]"])
    func `what is no address of a hub is refused`(text: String) {
        #expect(throws: HubError.badURL(text)) { try HubURL(text) }
    }

    @Test(arguments: ["", ".", "..", "-x", "a/b", "a b", "ä", String(repeating: "a", count: 129)])
    func `what is no name for a host is refused`(name: String) {
        #expect(throws: HubError.badHostID(name)) { try HostID(name) }
    }

    @Test(arguments: [
        (784_111_777 as Int64, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (1_709_208_000, "Thu, 29 Feb 2024 12:00:00 GMT"),
    ])
    func `dates are written as HTTP wants them`(seconds: Int64, text: String) {
        #expect(HTTPDate.text(seconds: seconds) == text)
    }
}
