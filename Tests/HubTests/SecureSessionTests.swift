import Digests
import JSON
import Platform
import Testing

@testable import Hub

/// What a log-in's cookie is over TLS: the hub's own, or that of a proxy.
@Suite struct SecureSessionTests {
    private static let password = "correct horse battery"

    private static func isWhole(_ cookie: String) throws -> Bool {
        try /__Host-hub_session=[0-9a-f]{16}\.[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict; Secure/
            .wholeMatch(in: cookie) != nil
    }

    @Test func `over the hub's own TLS the cookie goes over TLS alone, to this name alone, and no script sees it`()
        async throws
    {
        try await LiveHub.with(hasTLS: true) { hub in
            try hub.password("anna", Self.password, .viewer)
            #expect(hub.url.hasPrefix("https://"))
            let reply = try await hub.logIn("anna", Self.password)
            let cookie = try #require(reply.headers["set-cookie"])
            #expect(try Self.isWhole(cookie), "\(cookie)")
            #expect(reply.headers["strict-transport-security"] == "max-age=31536000")
            #expect(reply.headers["cache-control"] == "no-store")
            let session = ["-b", Self.pair(cookie)]
            #expect(try await hub.get("/api/v1/hosts", as: nil, session).status == 200)
            #expect(try await hub.get("/api/v1/session", as: nil, session).json?["by"]?.text == "session")
            let out = try await hub.get("/api/v1/session", as: nil, session + ["-X", "DELETE"])
            // A browser takes it away by the same name and attributes only.
            #expect(
                out.headers["set-cookie"]
                    == "__Host-hub_session=; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=0")
            #expect(try await hub.get("/api/v1/hosts", as: nil, session).status == 401)
        }
    }

    @Test func `a client that keeps cookies keeps it as secure and for this host alone, and sends it back`()
        async throws
    {
        try await LiveHub.with(hasTLS: true) { hub in
            try hub.password("anna", Self.password, .viewer)
            let jar = ["-c", "\(hub.folder)/jar", "-b", "\(hub.folder)/jar"]
            _ = try await hub.logIn("anna", Self.password, "-c", "\(hub.folder)/jar")
            // Netscape's form: for the host alone, and secure.
            let kept = try #require(try Files.text("\(hub.folder)/jar"))
            #expect(kept.contains("#HttpOnly_127.0.0.1\tFALSE\t/\tTRUE\t0\t__Host-hub_session\t"), "\(kept)")
            #expect(try await hub.get("/api/v1/hosts", as: nil, jar).status == 200)
        }
    }

    @Test func `over TLS a cookie that anybody could have set is nobody's, though its key is right`() async throws {
        try await LiveHub.with(hasTLS: true) { hub in
            try hub.password("mallory", Self.password, .operator)
            let cookie = try #require(try await hub.logIn("mallory", Self.password).headers["set-cookie"])
            let tossed = String(Self.pair(cookie).dropFirst("__Host-".count))
            #expect(tossed.hasPrefix("hub_session="))
            #expect(try await hub.get("/api/v1/hosts", as: nil, ["-b", tossed]).status == 401)
            #expect(
                try await hub.get("/api/v1/hosts", as: nil, ["-b", "\(tossed); \(Self.pair(cookie))"]).status == 200)
        }
    }

    @Test
    func `behind a proxy of this machine that speaks TLS it is the same, and it is read where there was TLS alone`()
        async throws
    {
        try await LiveHub.with { hub in
            try hub.password("anna", Self.password, .viewer)
            let proxy = "X-Forwarded-Proto: https"
            let reply = try await hub.logIn("anna", Self.password, "-H", proxy)
            let cookie = try #require(reply.headers["set-cookie"])
            #expect(try Self.isWhole(cookie), "\(cookie)")
            let session = ["-b", Self.pair(cookie)]
            #expect(try await hub.get("/api/v1/hosts", as: nil, session + ["-H", proxy]).status == 200)
            #expect(try await hub.get("/api/v1/hosts", as: nil, session).status == 401)
        }
    }

    private static func pair(_ cookie: String) -> String { String(cookie.prefix { $0 != ";" }) }
}
