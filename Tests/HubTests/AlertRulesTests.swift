import Glibc
import JSON
import Platform
import Support
import Testing

@testable import Hub

/// The alert rules of the release, by a Prometheus that scrapes a hub.
@Suite(.enabled(if: Files.isAccessible("/usr/bin/prometheus", X_OK), "needs prometheus"), .timeLimit(.minutes(2)))
struct AlertRulesTests {
    private static let rules = "\(Checkout.folder)/release/monitoring/bootstrap-hub-alerts.yml"

    @Test func `what a rule asks for is what the hub tells, by its name`() async throws {
        let text = try #require(try Files.text(Self.rules))
        try await LiveHub.with { hub in
            let token = try hub.host("h")
            #expect(try await hub.post(report(host: "h", percent: 1), host: "h", token: token).status == 200)
            let told = try await hub.get("/metrics").body
            let names = Set(text.matches(of: /bootstrap_hub_[a-z_]+/).map { String($0.output) })
            #expect(names.count == 5 && names.allSatisfy { told.contains("\n\($0){") }, "\(names)")
            let states = text.matches(of: /state="([a-z_]+)"/).map { String($0.output.1) }
            #expect(states == ["failed", "silent", "drifted", "behind", "degraded", "waiting"])
            #expect(states.allSatisfy { told.contains("\nbootstrap_hub_hosts_by_state{state=\"\($0)\"} ") })
        }
    }

    @Test func `a host that failed and one that never reported are alerts, and nothing else is`() async throws {
        try await LiveHub.with { hub in
            _ = try hub.host("waits")
            let token = try hub.host("fails")
            let text = report(
                host: "fails", percent: 100, status: "failed", events: #"[{"event": "step_failed", "error": "e"}]"#)
            #expect(try await hub.post(text, host: "fails", token: token).status == 200)
            let reader = try hub.hub.setUser(UserName("prometheus"), role: .viewer, .token())
            _ = try hub.file("token", Array(try #require(reader.token).utf8))
            try await scraping(hub) { url async throws in
                let wanted = ["HostsFailed failed", "HostsNeverReported waiting"]
                var found: [String] = []
                for _ in 0..<60 where found != wanted {
                    try await Task.sleep(for: .milliseconds(500))
                    found = try await alerts(url)
                }
                #expect(found == wanted)
            }
        }
    }

    /// The alerts under way, by name, each with the state that it is about.
    private func alerts(_ url: String) async throws -> [String] {
        let answer = try await Reply.curl(["\(url)/api/v1/alerts"]).json?["data"]?["alerts"]
        guard case .array(let alerts) = answer else { return [] }
        return alerts.map { alert in
            [alert["labels"]?["alertname"]?.text, alert["labels"]?["state"]?.text].compactMap(\.self)
                .joined(separator: " ")
        }.sorted()
    }

    /// Runs a Prometheus that looks at a hub each second, as one of its users.
    private func scraping(_ hub: LiveHub, _ body: (_ url: String) async throws -> Void) async throws {
        let settings = """
            global: {scrape_interval: 1s, evaluation_interval: 1s}
            rule_files: ["\(Self.rules)"]
            scrape_configs:
              - job_name: bootstrap-hub
                authorization: {credentials_file: "\(hub.folder)/token"}
                static_configs: [{targets: ["\(hub.url.dropFirst("http://".count))"]}]

            """
        let file = try hub.file("prometheus.yml", Array(settings.utf8))
        let line = """
            prometheus --config.file="$1" --storage.tsdb.path="$2" --web.listen-address=127.0.0.1:0 2>&1 &
            cat >/dev/null; kill $!; wait
            """
        let command = Command("/bin/sh", ["-c", line, "sh", file, "\(hub.folder)/series"])
        try await ServerProcess.with(
            command,
            port: { line in
                line.firstMatch(of: /msg="Listening on" address=127\.0\.0\.1:([0-9]+)/).flatMap { Int($0.output.1) }
            }
        ) { port in
            try await body("http://127.0.0.1:\(port)")
        }
    }
}
