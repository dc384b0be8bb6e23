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
                let words = try #require(error?.explanation)
                try #require(!words.summary.contains("pass"))
                try #require(words.problem.contains("the proxy http://127.0.0.1:1, from https_proxy: "))
                try #require(words.hint.contains("is the proxy up"))
            }
        }
    }

    @Test func `a proxy whose name does not resolve is named, too`() async {
        await #expect(processExitsWith: .success) {
            try await Self.withProxy { server, _, downloader, folder async throws in
                setenv("ALL_PROXY", "http://proxy.invalid:3128", 1)
                let error = await #expect(throws: TransferError.self) {
                    try await downloader.fetch(server.url("ok", host: "files.example"), to: "\(folder)/f")
                }
                let words = try #require(error?.explanation)
                try #require(words.problem.contains("proxy.invalid:3128, from ALL_PROXY"))
                try #require(words.hint.contains("getent hosts proxy.invalid"))
            }
        }
    }

    @Test func `a password that a proxy refuses is shown to it once, however many transfers there are`() async {
        await #expect(processExitsWith: .success) {
            try await Self.withProxy { server, proxy, _, folder async throws in
                setenv("https_proxy", "http://refused:pa%40ss@127.0.0.1:\(proxy.port)", 1)
                let patient = Downloader(
                    tls: TLSSettings(extraAuthorities: server.authority),
                    policy: RetryPolicy(attempts: 5, budget: .seconds(600), firstDelay: .milliseconds(1)))
                let url = try server.url("ok", host: "files.example")
                await withTaskGroup(of: TransferError?.self) { group in
                    for number in 0..<5 {
                        group.addTask {
                            do throws(TransferError) {
                                try await patient.fetch(url, to: "\(folder)/\(number)")
                                return nil
                            } catch {
                                return error
                            }
                        }
                    }
                    for await error in group {
                        #expect(error?.explanation.problem.contains("refused those of https_proxy (407)") == true)
                    }
                }
                // What reports to a hub has an address of its own, and the same proxy.
                let poster = Poster(url, token: nil, tls: TLSSettings(extraAuthorities: server.authority))
                try #require(await poster.post([]).status == 0)
                try #require(try await proxy.requests("CONNECT").count == 1)
            }
        }
    }

    @Test func `a proxy that does not let through is not asked again`() async {
        await #expect(processExitsWith: .success) {
            try await Self.withProxy { server, proxy, _, folder async throws in
                setenv("https_proxy", "http://forbidden:word@127.0.0.1:\(proxy.port)", 1)
                let patient = Downloader(tls: TLSSettings(extraAuthorities: server.authority))
                let error = await #expect(throws: TransferError.self) {
                    try await patient.fetch(server.url("ok", host: "files.example"), to: "\(folder)/f")
                }
                try #require(
                    error?.explanation.problem.contains("it answered 403 to the request for files.example") == true)
                try #require(try await proxy.requests("CONNECT").count == 1)
            }
        }
    }

    @Test func `a variable that names no proxy is told by its name before anybody is asked`() async {
        await #expect(processExitsWith: .success) {
            try await Self.withProxy { server, proxy, downloader, folder async throws in
                setenv("https_proxy", "http://corp:s3cr@t:w%25rd@127.0.0.1:\(proxy.port)", 1)
                let error = await #expect(throws: TransferError.self) {
                    try await downloader.fetch(server.url("ok", host: "files.example"), to: "\(folder)/f")
                }
                guard case .badProxy(.malformed(variable: "https_proxy", _))? = error else {
                    throw error ?? .cancelled(url: "")
                }
                try #require(error?.explanation.hint.contains("%40 for @") == true)
                try #require(try await proxy.requests("CONNECT").isEmpty)
                // Other programs make other parts of it; none is shown from now on.
                let told = "Could not resolve t:w%25rd, password s3cr@t:w%rd of http://corp:s3cr@t:w%25rd@127.0.0.1"
                let shown = RevealedSecrets.hidden(in: told)
                try #require(!shown.contains("s3cr"), "\(shown)")
            }
        }
    }

    @Test func `a proxy is looked at before a run`() async {
        await #expect(processExitsWith: .success) {
            try await Self.withProxy { server, proxy, downloader, _ async throws in
                let url = try server.url("ok", host: "files.example")
                func look(_ user: String, port: Int) async throws -> Downloader.ProxyFinding {
                    let address = try ProxyAddress("http://\(user)127.0.0.1:\(port)", variable: "http_proxy")
                    return await downloader.look(at: address, onTheWayTo: url)
                }
                try #require(try await look("user:pass@", port: proxy.port) == .answers)
                try #require(try await look("forbidden:word@", port: proxy.port) == .answers)
                guard case .trouble(.proxyRefused) = try await look("refused:word@", port: proxy.port),
                    case .trouble(.proxy) = try await look("", port: 1)
                else { throw TransferError.cancelled(url: "") }
            }
        }
    }

    @Test func `a proxy that takes a connection and is silent, or was never asked, is not said to answer`()
        async throws
    {
        let deaf = try ListeningSocket()
        defer { withExtendedLifetime(deaf) {} }
        let proxy = try ProxyAddress("http://127.0.0.1:\(deaf.port)", variable: "http_proxy")
        let url = try SourceURL("https://files.example/x")
        let downloader = Downloader(stallLimit: .seconds(1))
        let found = await downloader.look(at: proxy, onTheWayTo: url)
        #expect(found != .answers)
        let unasked = await Downloader(tls: TLSSettings(extraAuthorities: "/absent")).look(at: proxy, onTheWayTo: url)
        guard case .notAsked = unasked else {
            Issue.record("\(unasked)")
            return
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
                    let once = RetryPolicy(attempts: 1, budget: .seconds(600), firstDelay: .zero)
                    try await body(server, proxy, Downloader(tls: authority.settings, policy: once), folder)
                }
            }
        }
    }
}

/// The kernel takes connections for it, and nobody reads them.
private final class ListeningSocket {
    private let socket: Descriptor
    let port: UInt16

    init() throws {
        let socket = Descriptor(owning: Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutableBytes(of: &address) { bytes -> Int32 in
            guard let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return -1 }
            return bind(socket.number, pointer, length) == 0 && listen(socket.number, 8) == 0
                ? getsockname(socket.number, pointer, &length) : -1
        }
        guard code == 0 else { throw SystemCallError("listen", "127.0.0.1", code: errno) }
        port = UInt16(bigEndian: address.sin_port)
        self.socket = socket
    }
}
