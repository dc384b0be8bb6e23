import Database
import Platform
import Support
import Testing

@testable import Hub

@Suite struct HubErrorTests {
    static let examples: [HubError] = [
        .database(.full(path: AwkwardPlace.path)), .system(SystemCallError("open", "/x", code: 2)),
        .badListenAddress("x"),
        .cannotListen(address: "127.0.0.1:1", reason: "in use", hint: "choose another"), .badHostID("x"), .badURL("x"),
        .hostExists("x"),
        .noSuchHost("x"), .notAnObject(path: AwkwardPlace.path), .badLifetime("x"), .badUserName("x"), .badRole("x"),
        .badPassword,
        .passwordsDiffer, .nothingTyped, .noSuchUser("x"), .noSuchKey("x"), .badProxy("x"), .plainHub("http://h"),
        .unusableField(host: "h", field: "f", reason: "is missing"),
        .notABinary(path: AwkwardPlace.path, reason: "text"),
        .badFileName(path: AwkwardPlace.path), .noBinary, .badWorkspace(path: "..", root: "/w"),
        .userDataTooLarge(bytes: 20000), .notASignature(path: AwkwardPlace.path), .nothingToSign("x"),
        .badCertificate(path: AwkwardPlace.path, reason: "r"), .badDatabase,
        .badSetting(name: "--last", value: "x", expected: "a number"), .rollout(.allHaveIt("web")),
        .secret(.badName("a/b")),
    ]

    @Test func `every error says what happened, where, and what to do about it`() throws {
        #expect(ErrorWalk(HubError.self, in: "Hub/HubError.swift", Self.examples).faults == [])
    }

    private static let rollouts: [RolloutError] = [
        .badLabel("x"), .badGroup("x"), .badSpan("x"), .badWaves("x"), .badBound("x"), .badWindow("x"),
        .badBundleVersion("x"), .emptyGroup("web"), .hasNoConfig("h1"),
        .cannotChangeBundle(host: "h1", bundle: "tools"),
        .hasNotVersion(host: "h1", bundle: "tools", version: "2", beside: "https://hub/tools-1.tar.zst"),
        .noAgents, .reportsNowhere(host: "h1"), .unsigned(host: "h1", doubt: "is not signed"),
        .tooSlow(host: "h1", every: "1d", within: "1h"),
        .allHaveIt("web"), .busy(host: "h1", rollout: 7), .notFound(7), .notFound(nil), .notOpen(7), .notOpen(nil),
        .several([7, 8]),
    ]

    private static let secrets: [SecretRefusal] = [
        .badName("a/b"), .badValue("db"), .notFound("db", "host h1"), .noKey(AwkwardPlace.path),
        .badKey(AwkwardPlace.path), .otherKey(AwkwardPlace.path), .noEncryption,
    ]

    @Test func `so does every error of roll-outs and secrets`() throws {
        #expect(ErrorWalk(RolloutError.self, in: "Hub/Rollout/RolloutError.swift", Self.rollouts).faults == [])
        #expect(ErrorWalk(SecretRefusal.self, in: "Hub/Secrets/SecretRefusal.swift", Self.secrets).faults == [])
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
