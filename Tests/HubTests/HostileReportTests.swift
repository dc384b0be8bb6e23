import JSON
import Platform
import Testing

@testable import Hub

/// What strangers and broken agents send.
@Suite(.postgreSQL) struct HostileReportTests {
    @Test(arguments: [
        "", "{", "null", "[]", "\u{FEFF}", "{\"host_id\": 1}", String(repeating: "[", count: 100_000),
        report(sequence: -1), report(sequence: 1_000_000_001), report(percent: 101), report(percent: -1),
        report(status: "finished"), report(host: "h2"), report(run: ""), report(run: "a\\u0000b"),
        report(run: String(repeating: "r", count: 201)), report(events: "[1]"), report(events: "{}"),
        report().replacing("\"sequence\": 1", with: "\"sequence\": 1.5"),
        report().replacing("\"sequence\": 1", with: "\"sequence\": 1e400"),
        report().replacing("1234", with: "-1"), report().replacing("\"apt\"", with: "7"),
        report(message: String(repeating: "m", count: 65_537)),
        report(events: "[" + String(repeating: "{\"a\":", count: 600) + "1" + String(repeating: "}", count: 600) + "]"),
    ])
    func `a malformed report gets 400, says why, and leaves no trace`(body: String) async throws {
        try await LiveHub.with { hub in
            let token = try hub.host("h1")
            let reply = try await hub.post(body, host: "h1", token: token)
            #expect(reply.status == 400)
            #expect(reply.errorCode == "bad_report")
            #expect(reply.json?["error"]?["message"]?.text?.isEmpty == false)
            #expect(try await hub.get("/api/v1/hosts/h1").json?["status"]?.text == "waiting")
        }
    }

    @Test func `bytes that are no UTF-8 get 400`() async throws {
        try await LiveHub.with { hub in
            let token = try hub.host("h1")
            let bytes = Array(report(message: "X").utf8).map { $0 == UInt8(ascii: "X") ? 0xff : $0 }
            let reply = try await Reply.curl(
                [
                    "-H", "Authorization: Bearer \(token)", "--data-binary", "@-", "\(hub.url)/api/v1/hosts/h1/status",
                ], input: bytes)
            #expect(reply.status == 400)
        }
    }

    @Test(arguments: TestDatabase.available)
    func `control characters come back escaped, so that answers stay JSON`(database: TestDatabase) async throws {
        try await LiveHub.with(database) { hub in
            let token = try hub.host("h1")
            let message = #"\u001b[31m\u0000\n</script>\u2028"#
            _ = try await hub.post(report(message: message), host: "h1", token: token)
            let reply = try await hub.get("/api/v1/hosts")
            #expect(!reply.body.utf8.contains { $0 < 0x20 })
            guard case .array(let hosts) = reply.json else {
                Issue.record("no array: \(reply.body)")
                return
            }
            // PostgreSQL's text has no NUL.
            let zero = database == .folder ? "\u{0}" : "\u{fffd}"
            #expect(hosts.first?["message"]?.text == "\u{1b}[31m\(zero)\n</script>\u{2028}")
        }
    }

    @Test(arguments: [
        nil, "", "x", "0123456789abcdef.0123",
        String(repeating: "0", count: 16) + "." + String(repeating: "0", count: 64),
    ])
    func `a wrong token gets 401, for hosts that there are and are not`(token: String?) async throws {
        try await LiveHub.with { hub in
            _ = try hub.host("h1")
            for name in ["h1", "nobody"] {
                let reply = try await hub.post(report(host: name), host: name, token: token)
                #expect(reply.status == 401)
                #expect(reply.errorCode == "unauthorized")
                #expect(reply.headers["www-authenticate"] == "Bearer")
            }
        }
    }

    @Test func `a token with one digit changed gets 401`() async throws {
        try await LiveHub.with { hub in
            let token = try hub.host("h1")
            let changed = token.dropLast() + (token.hasSuffix("0") ? "1" : "0")
            #expect(try await hub.post(report(), host: "h1", token: String(changed)).status == 401)
        }
    }

    @Test(arguments: TestDatabase.available)
    func `another host's token gets 403 and changes neither`(database: TestDatabase) async throws {
        try await LiveHub.with(database) { hub in
            _ = try hub.host("h1")
            let other = try hub.host("h2")
            #expect(try await hub.post(report(), host: "h1", token: other).status == 403)
            #expect(try await hub.post(report(host: "nobody"), host: "nobody", token: other).status == 403)
            for state in try hub.hub.store.hosts() { #expect(state.run == nil) }
        }
    }

    @Test(arguments: [["-H", "Expect:"], ["-H", "Expect: 100-continue"], ["-H", "Transfer-Encoding: chunked"]])
    func `a body over a mebibyte gets 413, announced, asked for or in chunks`(headers: [String]) async throws {
        try await LiveHub.with { hub in
            let token = try hub.host("h1")
            let body = Array(report(message: String(repeating: "m", count: 2 << 20)).utf8)
            let reply = try await Reply.curl(
                headers + [
                    "-H", "Authorization: Bearer \(token)", "--data-binary", "@-", "\(hub.url)/api/v1/hosts/h1/status",
                ], input: body)
            #expect(reply.status == 413)
            #expect(reply.errorCode == "too_large")
            #expect(try await hub.get("/health").status == 200)
        }
    }

    @Test func `a chunked report below the limit is taken`() async throws {
        try await LiveHub.with { hub in
            let token = try hub.host("h1")
            #expect(
                try await hub.post(report(), host: "h1", token: token, "-H", "Transfer-Encoding: chunked").status == 200
            )
        }
    }

    @Test func `headers of 100 KiB are refused and the hub lives on`() async throws {
        try await LiveHub.with { hub in
            let reply = try await hub.get("/health", "-H", "X-Long: \(String(repeating: "x", count: 100_000))")
            #expect((400...499).contains(reply.status))
            #expect(try await hub.get("/health").status == 200)
        }
    }

    @Test(arguments: [
        ("GET", "/api/v1/hosts/h1/status", "POST"), ("PUT", "/api/v1/hosts/h1/status", "POST"),
        ("POST", "/api/v1/hosts", "GET, HEAD"), ("DELETE", "/api/v1/hosts/h1", "GET, HEAD"),
        ("POST", "/health", "GET, HEAD"), ("PUT", "/artifacts/x", "GET, HEAD"),
        ("POST", "/bootstrap/h1/stub.sh", "GET, HEAD"),
    ])
    func `a method that an address does not take gets 405 and the ones it takes`(
        method: String, path: String, allowed: String
    ) async throws {
        try await LiveHub.with { hub in
            _ = try hub.host("h1")
            let reply = try await hub.get(path, "-X", method)
            #expect(reply.status == 405)
            #expect(reply.errorCode == "method_not_allowed")
            #expect(reply.headers["allow"] == allowed)
        }
    }

    @Test(arguments: [
        "/nothing", "/page.html", "/api/v1/hosts/", "/api/v1/hosts/none", "/api/v1/hosts/..%2fh1",
        "/bootstrap/none/stub.sh",
        "/bootstrap/h1/other", "/api/v1/hosts/h1/status/x", "/%00", "/%zz", "/artifacts",
    ])
    func `an address with nothing behind it gets 404 as JSON`(path: String) async throws {
        try await LiveHub.with { hub in
            _ = try hub.host("h1")
            let reply = try await hub.get(path)
            #expect(reply.status == 404)
            #expect(reply.errorCode == "not_found")
        }
    }
}
