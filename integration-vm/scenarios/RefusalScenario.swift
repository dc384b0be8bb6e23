import Platform
import Testing

/// Hosts that are not fit: exit code 4, every reason at once, and nothing touched.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct RefusalScenario {
    @Test func `without sudo, on another system, as root: each is told with a remedy and nothing is touched`()
        async throws
    {
        let config = try await Site.config("refused", "os_release=[\"ubuntu-24.04+\"]")
        try await TestHost.with("refused", .init(options: ["--no-sudo"])) { host in
            try await host.push(config, "/home/ops/host.json")
            let before = try await host.snapshot("/etc", "/home", "/usr", "/srv", "/var/lib/dpkg")
            let run = try await host.agent("apply", "--json", config: config)
            #expect(run.exitCode == 4)
            for check in ["operating-system", "sudo"] {
                #expect(run.result.errors.contains("failed  \(check): "), "\(run.result.errors)")
            }
            #expect(run.result.errors.contains("hint: "))
            #expect(!run.result.errors.contains("failed  systemd"))
            let asRoot = try await host.agent("apply", config: config, user: "root")
            #expect(asRoot.exitCode == 4)
            #expect(asRoot.result.errors.contains("failed  user: running as root"))
            #expect(try await host.snapshot("/etc", "/home", "/usr", "/srv", "/var/lib/dpkg") == before)
        }
    }
}
