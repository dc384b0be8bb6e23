import Glibc
import Platform
import Testing

@testable import Transfer

/// The environment is the whole process's, so each of these has a process of its own.
@Suite(
    .enabled(if: Files.isAccessible(FakeServer.python, X_OK), "needs python3 to serve"),
    .enabled(if: Files.isAccessible(FakeAuthority.openssl, X_OK), "needs openssl to sign"))
struct ProxyTests {
    /// Only the proxy knows where `files.example` is.
    @Test func `a proxy of the environment is used, and its password shown to it alone`() async {
        await #expect(processExitsWith: .success) {
            try await Self.withProxy { server, proxy, downloader, folder async throws in
                setenv("https_proxy", "http://user:pass@127.0.0.1:\(proxy.port)", 1)
                try await downloader.fetch(server.url("ok", host: "files.example"), to: "\(folder)/f")
                try #require(try Files.read("\(folder)/f") == FakeServer.content)
                let told = try await proxy.requests("CONNECT")
                try #require(told == ["files.example:\(server.port) Basic dXNlcjpwYXNz"])
                try #require(try await server.secrets("ok") == ["- | -"])
            }
        }
    }

    @Test(arguments: ["files.example", "other.example,.example", "*"])
    func `what no_proxy names is not asked for through the proxy`(exception: String) async {
        await #expect(processExitsWith: .success) { [exception = exception as String] in
            try await Self.withProxy { server, proxy, downloader, folder async throws in
                setenv("https_proxy", "http://127.0.0.1:\(proxy.port)", 1)
                setenv("no_proxy", exception, 1)
                let error = await #expect(throws: TransferError.self) {
                    try await downloader.fetch(server.url("ok", host: "files.example"), to: "\(folder)/f")
                }
                guard case .gaveUp(_, _, _, let hint)? = error, hint.contains("does not resolve") else {
                    throw error ?? .cancelled(url: "")
                }
                try #require(try await proxy.requests("CONNECT").isEmpty)
            }
        }
    }

    @Test func `a proxy that is away is told without its password`() async {
        await #expect(processExitsWith: .success) {
            try await Self.withProxy { server, _, downloader, folder async throws in
                setenv("https_proxy", "http://user:pass@127.0.0.1:1", 1)
                let error = await #expect(throws: TransferError.self) {
                    try await downloader.fetch(server.url("ok", host: "files.example"), to: "\(folder)/f")
                }
                let words = try #require(error?.explanation.summary)
                try #require(!words.contains("pass"))
            }
        }
    }

    /// From loopback, where no proxy is asked, a redirect leads to where only the proxy can go.
    @Test func `behind a redirect the proxy is used as anywhere`() async {
        await #expect(processExitsWith: .success) {
            try await Self.withProxy { server, proxy, downloader, folder async throws in
                setenv("https_proxy", "http://127.0.0.1:\(proxy.port)", 1)
                let target = try server.url("ok", host: "files.example").text
                try await downloader.fetch(server.url("away/302?to=\(target)"), to: "\(folder)/f")
                try #require(try await proxy.requests("CONNECT").count == 1)
            }
        }
    }

    private static func withProxy(
        _ body: (_ server: FakeServer, _ proxy: FakeServer, Downloader, _ folder: String) async throws -> Void
    ) async throws {
        try await FakeAuthority.with { authority async throws in
            try await FakeServer.with(authority.server()) { server, folder async throws in
                try await FakeServer.with { proxy, _ async throws in
                    let once = RetryPolicy(attempts: 1, budget: .seconds(60), firstDelay: .zero)
                    try await body(server, proxy, Downloader(tls: authority.settings, policy: once), folder)
                }
            }
        }
    }
}
