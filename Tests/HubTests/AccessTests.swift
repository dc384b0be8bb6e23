import Platform
import Testing

@testable import Hub

/// Who may read what.
@Suite(.postgreSQL) struct AccessTests {
    /// All that reads the fleet, and what it is for an operator.
    private static let reading = [
        "/", "/metrics", "/api/v1/hosts", "/api/v1/hosts/h1", "/api/v1/hosts/h1/events", "/api/v1/events",
    ]
    private static let open = ["/health", "/page.js", "/page.css", "/bootstrap/h1/stub.sh"]

    @Test(arguments: TestDatabase.available)
    func `with users, reading asks for one, the audit log for an operator, and what hosts need is as it was`(
        database: TestDatabase
    ) async throws {
        try await LiveHub.with(database) { hub in
            let host = try hub.host("h1", config: BootstrapRouteTests.config)
            let viewer = try hub.user("prometheus", .viewer), chief = try hub.user("chief", .operator)
            for path in Self.reading {
                // Streams have no end: whoever may read them is told that they are no page.
                let (head, status) = path.hasSuffix("events") ? (["-I"], 405) : ([], 200)
                for wrong in [nil, host, "x", BearerToken.random().text] {
                    let reply = try await hub.get(path, as: wrong, head)
                    #expect(reply.status == 401 && reply.headers["www-authenticate"] == "Bearer", "\(path)")
                    #expect(!reply.body.contains("\"h1\""))
                }
                for right in [viewer, chief] {
                    #expect(try await hub.get(path, as: right, head).status == status, "\(path)")
                }
            }
            for path in Self.open { #expect(try await hub.get(path).status == 200, "\(path)") }
            #expect(try await hub.get("/api/v1/delta/status?workspace_path=w").status == 200)
            #expect(try await hub.get("/bootstrap/h1/config.json", as: host).status == 200)
            #expect(try await hub.get("/bootstrap/h1/config.json", as: chief).status == 401)
            try hub.hub.setSecret("db", of: .host(HostID("h1")), to: Array("of-h1".utf8))
            #expect(try await hub.get("/api/v1/hosts/h1/secrets/db", as: host).body == "of-h1")
            for other in [nil, viewer, chief] {
                #expect(try await hub.get("/api/v1/hosts/h1/secrets/db", as: other).status == 401)
            }
            #expect(try await hub.post(report(), host: "h1", token: host).status == 200)
            #expect(try await hub.post(report(), host: "h1", token: chief).status == 401)
            #expect(try await hub.get("/api/v1/audit", as: nil).status == 401)
            #expect(try await hub.get("/api/v1/audit", as: viewer).status == 403)
            let log = try await hub.get("/api/v1/audit", as: chief)
            #expect(log.status == 200 && log.body.contains("user_added") && log.body.contains("host_added"))
            #expect(try await hub.get("/api/v1/audit?last=1", as: chief).body.contains("host_added") == false)
            try hub.hub.removeUser(UserName("prometheus"))
            #expect(try await hub.get("/metrics", as: viewer).status == 401)
        }
    }

    @Test func `the page of who may not read is the form, without anything of the fleet`() async throws {
        try await LiveHub.with { hub in
            _ = try hub.host("h1")
            _ = try hub.user("chief", .operator)
            let page = try await hub.get("/")
            #expect(page.status == 401 && page.headers["content-type"] == "text/html; charset=utf-8")
            #expect(page.body.contains("<form id=\"log-in\">") && !page.body.contains("h1\""))
            #expect(page.headers["content-security-policy"]?.contains("form-action 'none'") == true)
            #expect(try await hub.get("/", "-X", "POST").status == 405)
        }
    }

    @Test func `without users it is open to this machine, which a proxy's word is not, and says what to do`()
        async throws
    {
        try await LiveHub.with { hub in
            _ = try hub.host("h1")
            for path in Self.reading where !path.hasSuffix("events") {
                #expect(try await hub.get(path).status == 200, "\(path)")
                let header =
                    ["X-Forwarded-For: 127.0.0.1", "Forwarded: for=127.0.0.1", "Via: 1.1 x"].randomElement() ?? ""
                let refused = try await hub.get(path, "-H", header)
                #expect(refused.status == 403, "\(path) \(header)")
                if path != "/" { #expect(refused.body.contains("bootstrap-hub add-user"), "\(refused.body)") }
            }
            let here = try await hub.get("/api/v1/session").json
            #expect(here?["by"]?.text == "open" && here?["role"]?.text == "viewer")
            #expect(try await hub.get("/api/v1/audit").status == 403)
            let elsewhere = try await hub.get("/api/v1/session", "-H", "X-Forwarded-For: 192.0.2.1")
            #expect(elsewhere.status == 403 && elsewhere.errorCode == "no_users")
        }
    }

    @Test func `the trusted proxy tells who asks, nobody else does, and without it nobody is let in`() async throws {
        let proxy = try TrustedProxy("127.0.0.1", header: "X-Remote-User")
        try await LiveHub.with(proxy: proxy) { hub in
            let chief = try hub.hub.setUser(UserName("chief@example.org"), role: .operator, .proxy)
            #expect(chief.isNew && chief.token == nil)
            let path = "/api/v1/session"
            let known = try await hub.get(path, "-H", "X-Remote-User: chief@example.org").json
            #expect(known?["role"]?.text == "operator" && known?["by"]?.text == "proxy")
            let unknown = try await hub.get(path, "-H", "x-remote-user: anna").json
            #expect(unknown?["role"]?.text == "viewer" && unknown?["user"]?.text == "anna")
            #expect(try await hub.get("/api/v1/audit", "-H", "X-Remote-User: chief@example.org").status == 200)
            #expect(try await hub.get("/api/v1/audit", "-H", "X-Remote-User: anna").status == 403)
            for nobody in ["", "a b", "<script>", String(repeating: "a", count: 200)] {
                #expect(try await hub.get("/api/v1/hosts", "-H", "X-Remote-User: \(nobody)").status == 401, "\(nobody)")
            }
            #expect(try await hub.get("/api/v1/hosts").status == 401)
            for path in ["/", "/api/v1/hosts", "/health", "/bootstrap/h1/stub.sh"] {
                let forged = try await hub.get(
                    path, "--interface", "127.0.0.2", "-H", "X-Remote-User: chief@example.org")
                #expect(forged.status == 403 && forged.errorCode == "forged_name", "\(path)")
            }
            let same = try await hub.get("/api/v1/hosts", "-H", "X-Remote-User: anna", "-H", "X-Remote-User: chief")
            #expect(same.status == 400)
        }
        for (address, header) in [("localhost", "X-User"), ("10.0.0.1:80", "X-User"), ("::1", "Host"), ("::1", "a b")] {
            #expect(throws: HubError.self) { try TrustedProxy(address, header: header) }
        }
    }

    @Test func `what is open to all tells no place on the hub's machine`() async throws {
        try await LiveHub.with { hub in
            _ = try hub.host("h1", config: #"{"bootstrap_user": "u", "host_id": "h1"}"#)
            for path in Self.open + ["/nothing", "/artifacts/bundles/none", "/api/v1/delta/status?workspace_path=w"] {
                let reply = try await hub.get(path)
                #expect(!reply.body.contains(hub.folder) && !"\(reply.headers)".contains(hub.folder), "\(path)")
                #expect(!reply.body.contains("/tmp/hub-"), "\(path): \(reply.body.prefix(200))")
            }
        }
    }

    @Test func `who may not watch any more is sent away`() async throws {
        var limits = HubServer.Limits()
        limits.pingEvery = 1
        try await LiveHub.with(limits: limits) { hub in
            _ = try hub.host("h1")
            let token = try hub.user("anna", .viewer)
            for path in ["/api/v1/events", "/api/v1/hosts/h1/events"] {
                _ = try hub.hub.setUser(UserName("bert"), role: .viewer, .token())
                let anna = path == "/api/v1/events" ? token : try hub.user("anna", .viewer)
                let (lines, sink) = AsyncStream.makeStream(of: String.self)
                let stream = Task {
                    try await Subprocess.run(
                        Command(
                            "/usr/bin/curl",
                            ["-sSN", "--max-time", "60", "-H", "Authorization: Bearer \(anna)", "\(hub.url)\(path)"]),
                        timeout: .seconds(90)
                    ) { sink.yield($0) }
                }
                var reader = lines.makeAsyncIterator()
                #expect(await reader.next()?.hasPrefix("event: ") == true)
                try hub.hub.removeUser(UserName("anna"))
                #expect(try await stream.value.exitCode == 0)
            }
        }
    }

    @Test(
        arguments: [
            ("/", UserRole.viewer), ("/api/v1/hosts/h1/events", .viewer), ("/api/v1/audit", .operator),
            ("/api/v1/hosts/status", .viewer), ("/api/v1/hosts/h1/status", nil), ("/health", nil),
            ("/api/v1/session", nil),
            ("/api/v1/hosts/h1/x/status", .viewer), ("/metrics", .viewer), ("/artifacts/x", nil), ("/page.js", nil),
        ] as [(String, UserRole?)])
    func `each path asks for its role`(path: String, role: UserRole?) throws {
        #expect(Access.role(for: try #require(RequestPath.parts(of: path))) == role)
    }
}
