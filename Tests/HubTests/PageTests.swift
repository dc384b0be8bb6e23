import Platform
import Testing

@testable import Hub

/// The page in a real browser, and the streams that feed it.
@Suite(.postgreSQL) struct PageTests {
    @Test(.enabled(if: Files.isAccessible("/usr/bin/chromedriver", 1), "needs chromium-driver"))
    func `in a browser the page is live, narrow, dark, by keyboard, and shows text of hosts as text`() async throws {
        try await LiveHub.with { live async throws in
            var tokens: [String] = []
            for number in 1...12 { tokens.append("\"host-\(number)\": \"\(try live.host("host-\(number)"))\"") }
            let config = #"{"bootstrap_user": "ops", "bootstrap_root": "/home/ops/host", "host_id": "host-12"}"#
            let rolled = try HostID("host-12")
            #expect(try live.hub.store.setConfig(Array(config.utf8), of: rolled))
            _ = try live.hub.label(rolled, [LabelChange("web"), LabelChange("zone=a")])
            _ = try live.start(.config(path: live.file("new.json", Array("\(config)\n".utf8))))
            let file = try live.file("tokens.json", Array("{\(tokens.joined(separator: ", "))}".utf8))
            let script = "\(Files.folder(of: #filePath))/browse.py"
            let shots = ProcessStart.environment("HOST_BOOTSTRAP_SHOTS")
            let result = try await Subprocess.run(
                Command("/usr/bin/python3", ["-B", script, live.url, file] + [shots].compactMap { $0 }),
                timeout: .seconds(120))
            #expect(result.succeeded, "\(result.output)\(result.errors)")
        }
    }

    @Test(
        .enabled(if: Files.isAccessible("/usr/bin/chromedriver", 1), "needs chromium-driver"), arguments: [false, true])
    func `in a browser who logs in sees the fleet and the audit log, and who is not or has logged out sees neither`(
        tls: Bool
    ) async throws {
        try await LiveHub.with(hasTLS: tls) { live async throws in
            _ = try live.host("host-1")
            try live.password("anna", "correct horse battery", .operator)
            let script = "\(Files.folder(of: #filePath))/log_in.py"
            let shots = ProcessStart.environment("HOST_BOOTSTRAP_SHOTS")
            let result = try await Subprocess.run(
                Command(
                    "/usr/bin/python3",
                    ["-B", script, live.url, "anna", "correct horse battery", "host-1"] + [shots].compactMap { $0 }),
                timeout: .seconds(120))
            #expect(result.succeeded, "\(result.output)\(result.errors)")
        }
    }

    @Test(arguments: [("/", "text/html"), ("/page.js", "text/javascript"), ("/page.css", "text/css")])
    func `the page is three files, and nothing else may run in it`(path: String, type: String) async throws {
        try await LiveHub.with { live async throws in
            let reply = try await live.get(path)
            #expect(reply.status == 200)
            #expect(reply.headers["content-type"] == "\(type); charset=utf-8")
            #expect(
                reply.headers["content-security-policy"]?.hasPrefix("default-src 'none'; script-src 'self'") == true)
            #expect(reply.body.count > 500)
            #expect(try await live.get(path, "-X", "POST").status == 405)
        }
    }

    @Test(arguments: TestDatabase.available)
    func `a host's stream begins with its state and log, and goes on with what comes`(database: TestDatabase)
        async throws
    {
        try await LiveHub.with(database) { live async throws in
            let token = try live.host("h1")
            _ = try await live.post(
                report(sequence: 1, percent: 10, events: #"[{"event": "first"}]"#), host: "h1", token: token)
            try await Watcher.with("\(live.url)/api/v1/hosts/h1/events") { watcher in
                try await watcher.wait { $0.last?.data == #"[{"event":"first"}]"# }
                _ = try await live.post(
                    report(sequence: 2, percent: 20, events: #"[{"event": "second"}]"#), host: "h1", token: token)
                let events = try await watcher.wait { $0.last?.data == #"[{"event":"second"}]"# }
                #expect(events.map(\.name) == ["state", "log", "state", "log"])
                #expect(events.count == 4 && events[2].data.contains(#""percent":20"#))
            }
            #expect(try await live.get("/api/v1/hosts/nobody/events").status == 404)
        }
    }

    @Test(arguments: TestDatabase.available)
    func `the fleet's stream begins with all and tells what changes, at most twice a second`(database: TestDatabase)
        async throws
    {
        try await LiveHub.with(database) { live async throws in
            let token = try live.host("h1")
            _ = try live.host("h2")
            try await Watcher.with("\(live.url)/api/v1/events") { watcher in
                try await watcher.wait { !$0.isEmpty && !$0[0].data.isEmpty }
                let began = ContinuousClock.now
                for number in 1...20 {
                    _ = try await live.post(report(sequence: number, percent: number), host: "h1", token: token)
                }
                let events = try await watcher.wait { $0.last?.data.contains(#""percent":20"#) == true }
                #expect(events.first?.data.contains(#""host_id":"h2""#) == true)
                let most = 2 + Int((ContinuousClock.now - began).milliseconds / 500)
                #expect((2...most).contains(events.count), "\(events.count)")
                #expect(
                    events.dropFirst().allSatisfy { $0.data.contains(#""host_id":"h1""#) && !$0.data.contains("h2") })
            }
        }
    }

    @Test func `watchers that go away or stay do not keep the hub from answering and ending`() async throws {
        try await LiveHub.with { live async throws in
            let token = try live.host("h1")
            let url = "\(live.url)/api/v1/events"
            try await Watcher.with(url) { staying in
                try await staying.wait { !$0.isEmpty }
                try await Watcher.with(url) { going in
                    try await going.wait { !$0.isEmpty }
                }
                for number in 1...50 {
                    #expect(try await live.post(report(sequence: number), host: "h1", token: token).status == 200)
                }
            }
        }
    }

    @Test(arguments: TestDatabase.available)
    func `metrics are in Prometheus' format, and count`(database: TestDatabase) async throws {
        try await LiveHub.with(database) { live async throws in
            let token = try live.host("h1")
            _ = try live.host("h2")
            for number in 1...3 {
                _ = try await live.post(report(sequence: number, status: "done"), host: "h1", token: token)
            }
            _ = try await live.get("/nothing")
            let reply = try await live.get("/metrics")
            #expect(reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            for line in [
                "bootstrap_hub_hosts{status=\"done\"} 1", "bootstrap_hub_hosts{status=\"waiting\"} 1",
                "bootstrap_hub_report_seconds_count 3", "bootstrap_hub_http_responses_total{code=\"404\"} 1",
                "bootstrap_hub_report_seconds_bucket{le=\"+Inf\"} 3",
            ] {
                #expect(reply.body.contains("\n\(line)\n"), "\(line)\n\(reply.body)")
            }
            // Every line is a comment or a name, maybe labels, and a number.
            for line in reply.body.split(separator: "\n") where !line.hasPrefix("#") {
                #expect(try /[a-z_]+(\{[a-z]+="[^"]*"\})? [0-9.e+-]+/.wholeMatch(in: line) != nil, "\(line)")
            }
        }
    }
}
