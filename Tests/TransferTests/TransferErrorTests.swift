import Platform
import Support
import Testing

@testable import Transfer

@Suite struct TransferErrorTests {
    static let examples: [TransferError] =
        [
            .refusedAddress("ftp://a/x", "is no address"), .notTLS(url: "https://a/x"), .noAuthorities,
            .badProxy(.unknownScheme(variable: "https_proxy")),
            .tooLarge(url: "https://a/x", limit: 1), .gaveUp(url: "https://a/x", attempts: 5, last: "l", hint: "h"),
            .refusedRedirect(url: "https://a/x", to: "http://b/x", reason: "r"), .refusedHeader("r"),
            .noRoom(path: AwkwardPlace.path, needed: 1 << 30, free: 5), .disk(SystemCallError("open", "/x", code: 28)),
            .cancelled(url: "https://a/x"), .connection(url: "file://\(AwkwardPlace.path)", code: 37, reason: "r"),
        ] + [302, 401, 404, 407, 418, 429, 503].map { .status(url: "https://a/x", $0) }
        + [CertificateFailure.outOfDate, .unknownAuthority, .wrongName, .other].map {
            .untrusted(url: "https://a/x", $0, reason: "r")
        } + [1, 3, 6, 7, 23, 28, 35, 37, 52, 58, 77, 18].map { .connection(url: "https://a/x", code: $0, reason: "r") }
        + proxies.map { .proxyRefused(url: "https://a/x", $0) }
        + proxies.flatMap { proxy in [5, 7, 56].map { .proxy(url: "https://a/x", proxy, code: $0, reason: "r") } }
        + [CertificateFile.Trouble.empty, .der, .byteOrderMark, .utf16, .noCertificate].map {
            .badCertificates(CertificateFile(path: AwkwardPlace.path, setting: "ca_file", trouble: $0))
        }

    private static let proxies = ["http://p:1", "http://u:w@p:1"].compactMap {
        try? ProxyAddress($0, variable: "all_proxy")
    }

    @Test func `every error says what happened, where, and what to do about it`() throws {
        #expect(ErrorWalk(TransferError.self, in: "Transfer/TransferError.swift", Self.examples).faults == [])
    }
}
