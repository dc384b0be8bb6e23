import Platform
import Testing

/// What dpkg leaves when it is cut off or its disk fails, and how a run gets out of it.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct PackagesScenario {
    private static func config(_ packages: String) throws -> String {
        try Site.bareConfig("packages", #""apt_packages": "# + packages)
    }

    /// A system call of dpkg's that fails or kills it, and what that leaves (seen with dpkg 1.21).
    private static let faults = [
        ("rename:signal=KILL:when=20", "half-installed, journal left"),
        ("write:error=EIO:when=20", "a dependency is missing: Unmet dependencies"),
        ("fsync:error=EIO:when=15", "unpacked, must be reinstalled: never configured again"),
    ]

    @Test func `whatever dpkg was cut off in, the next run repairs it and says so, and the one after changes nothing`()
        async throws
    {
        let config = try Self.config(#"["jq", "tree"]"#)
        try await TestHost.with("packages", .init()) { host in
            try await host.shell(
                "apt-get -qq update && apt-get -qq -y install strace && apt-get -qq -d -y install jq tree"
            )
            .check()
            for (fault, leaves) in Self.faults {
                let call = fault.prefix { $0 != ":" }
                let broken = try await host.shell(
                    """
                    DEBIAN_FRONTEND=noninteractive strace -f -o /dev/null -e trace=\(call) -e inject=\(fault) \
                    apt-get -qq -y -o Dpkg::Options::=--force-unsafe-io install jq tree
                    """)
                #expect(broken.exitCode == 100, "\(leaves)")
                #expect(!(try await Self.isWhole(host)), "the fault left nothing to repair: \(leaves)")
                let plan = try await host.agent("plan", config: config)
                #expect(plan.exitCode == 7, "\(leaves): \(plan.result.errors)")
                let run = try await host.agent("apply", "--json", config: config)
                #expect(run.exitCode == 0, "\(leaves): \(run.result.errors)")
                #expect(run.changed.contains("apt-packages"))
                #expect(run.events.contains { $0.message?.hasPrefix("dpkg was interrupted") == true }, "\(leaves)")
                #expect(try await Self.isWhole(host), "\(leaves)")
                #expect(try await host.agent("apply", "--json", config: config).changed.isEmpty)
                try await host.shell("apt-get -qq -y purge jq libjq1 libonig5 tree").check()
            }
        }
    }

    @Test func `a full disk is called that, with what is left and what is needed, and space cures it`() async throws {
        let config = try Self.config(#"["jq", "tree"]"#)
        try await TestHost.with("fulldisk", .init(options: ["--upper-size", "400m"])) { host in
            try await host.shell("apt-get -qq update && apt-get -qq -d -y install jq tree").check()
            // What a run needs for itself is there.
            let bare = try Site.bareConfig("packages", #""parallel": true"#)
            #expect(try await host.agent("apply", "--json", config: bare).exitCode == 0)
            // Room for apt's own files, and not for what dpkg unpacks.
            try await host.shell("head -c 10G /dev/zero >/var/fill; truncate -s -600K /var/fill; test -s /var/fill")
                .check()
            let full = try await host.agent("apply", "--json", config: config)
            #expect(full.exitCode == 1, "\(full.result.errors)")
            let failure = full.events.last { $0.event == "step_failed" }
            #expect(failure?.error?.hasPrefix("the disk is full: /usr has 0.0 GiB left") == true, "\(failure as Any)")
            #expect(failure?.error?.contains("After this operation, ") == true, "\(failure as Any)")
            #expect(failure?.hint?.contains("apt-get clean") == true)
            try await host.shell("rm /var/fill").check()
            let run = try await host.agent("apply", "--json", config: config)
            #expect(run.exitCode == 0, "\(run.result.errors)")
            #expect(try await Self.isWhole(host))
        }
    }

    /// dpkg has nothing to complain about, its journal is empty, and both packages are there.
    private static func isWhole(_ host: TestHost) async throws -> Bool {
        try await host.shell(
            "test -z \"$(dpkg --audit)\" && test -z \"$(ls /var/lib/dpkg/updates)\" && dpkg -s jq tree >/dev/null 2>&1"
        ).succeeded
    }
}
