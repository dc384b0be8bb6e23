import Glibc
import Platform
import Testing

@testable import Transfer

@Suite(.enabled(if: Files.isAccessible(FakeServer.python, X_OK), "needs python3 to serve badly"))
struct RedirectTests {
    private let once = RetryPolicy(attempts: 1, budget: .seconds(600), firstDelay: .zero)

    @Test(arguments: [301, 302, 303, 307, 308])
    func `a redirect to https is followed`(status: Int) async throws {
        try await FakeAuthority.with { authority async throws in
            try await FakeServer.with(authority.server()) { server, folder async throws in
                let downloader = Downloader(tls: authority.settings, policy: once)
                let url = try server.url("away/\(status)?to=\(server.url("ok", host: "localhost").text)")
                try await downloader.fetch(url, to: "\(folder)/f")
                #expect(try Files.read("\(folder)/f") == FakeServer.content)
            }
        }
    }

    @Test(arguments: ["http://127.0.0.1:1/x?sig=QUERY", "file:///etc/hostname", "ftp://a.example/x", "https://"])
    func `a redirect to anything but https is refused at once, without its query`(target: String) async throws {
        try await FakeAuthority.with { authority async throws in
            try await FakeServer.with(authority.server()) { server, folder async throws in
                let downloader = Downloader(tls: authority.settings)
                let error = await #expect(throws: TransferError.self) {
                    try await downloader.fetch(server.url("away/302?to=\(target)"), to: "\(folder)/f")
                }
                guard case .refusedRedirect? = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(error?.explanation.summary.contains("QUERY") == false)
                #expect(try await server.requests("away/302").count == 1)
                #expect(try Files.text("\(folder)/f")?.isEmpty != false)
            }
        }
    }

    @Test func `ten redirects are followed, eleven are not`() async throws {
        try await FakeAuthority.with { authority async throws in
            try await FakeServer.with(authority.server()) { server, folder async throws in
                let downloader = Downloader(tls: authority.settings)
                try await downloader.fetch(server.url("hops/10"), to: "\(folder)/f")
                #expect(try Files.read("\(folder)/f") == FakeServer.content)
                let url = try server.url("hops/11")
                let last = try server.url("hops/0").description
                await #expect(
                    throws: TransferError.refusedRedirect(
                        url: url.description, to: last, reason: "more than 10 in a row")
                ) {
                    try await downloader.fetch(url, to: "\(folder)/g")
                }
                #expect(try await server.requests("hops/11").count == 1)
            }
        }
    }

    @Test(arguments: ["token", "Private-Token: token", "Basic dG9rZW4="])
    func `a secret goes to its own server, and no redirect takes it elsewhere`(secret: String) async throws {
        try await FakeAuthority.with { authority async throws in
            try await FakeServer.with(authority.server()) { server, folder async throws in
                let downloader = Downloader(tls: authority.settings, policy: once)
                let there = try server.url("ok/there", host: "localhost"), here = try server.url("ok/here")
                for target in [there, here] {
                    let url = try server.url("away/302?to=\(target.text)")
                    try await downloader.fetch(url, to: "\(folder)/f", access: Access(secret, for: url))
                }
                let sent = [
                    "token": "Bearer token | -", "Private-Token: token": "- | token",
                    "Basic dG9rZW4=": "Basic dG9rZW4= | -",
                ]
                let line = try #require(sent[secret])
                #expect(try await server.secrets("away/302") == [line, line])
                #expect(try await server.secrets("ok/here") == [line])
                #expect(try await server.secrets("ok/there") == ["- | -"])
            }
        }
    }

    @Test func `user and password in an address go no further either`() async throws {
        try await FakeAuthority.with { authority async throws in
            try await FakeServer.with(authority.server()) { server, folder async throws in
                let downloader = Downloader(tls: authority.settings, policy: once)
                let target = try server.url("ok", host: "localhost").text
                let url = try server.url("away/302?to=\(target)", host: "user:pass@127.0.0.1")
                try await downloader.fetch(url, to: "\(folder)/f")
                #expect(try await server.secrets("away/302") == ["Basic dXNlcjpwYXNz | -"])
                #expect(try await server.secrets("ok") == ["- | -"])
            }
        }
    }

    @Test func `a secret goes to no mirror on another host`() async throws {
        try await FakeServer.with { server, folder async throws in
            let access = try Access("token", for: server.url("ok", host: "localhost"))
            try await Downloader(policy: once).fetch(server.url("ok"), to: "\(folder)/f", access: access)
            #expect(try await server.secrets("ok") == ["- | -"])
        }
    }

    @Test func `a cut download goes on behind a redirect`() async throws {
        try await FakeAuthority.with { authority async throws in
            try await FakeServer.with(authority.server()) { server, folder async throws in
                let downloader = Downloader(
                    tls: authority.settings,
                    policy: RetryPolicy(attempts: 3, budget: .seconds(600), firstDelay: .milliseconds(1)))
                let url = try server.url("away/302?to=\(server.url("resumable", host: "localhost").text)")
                try await downloader.fetch(url, to: "\(folder)/f")
                #expect(try Files.read("\(folder)/f") == FakeServer.content)
                #expect(try await server.requests("resumable") == ["- -", "bytes=79999- \"a\""])
            }
        }
    }
}
