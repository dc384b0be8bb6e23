import FoundationEssentials
import Platform
import Testing

/// What a plan foresees, held against what a snapshot of the host shows that a run changed.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct PlanScenario {
    private static let root = TestHost.root
    /// All that the config names; what a run tells of itself (receipt, log, marker) is not among it.
    private static let watched =
        ["bin", "bundles", "bundle", "config", "data", "README"].map { "\(root)/\($0)" } + [
            "/home/ops/.nvm/alias", "/home/ops/.nvm/versions/node/v22.20.0/bin", "/etc/cocalc", "/etc/systemd/system",
            "/srv/models", "/btrfs",
        ]

    /// Each start state: what is damaged, and which places a run may change to mend it.
    private static let damages = [
        "rm \(root)/README", "chmod 0777 \(root)/config", "ln -sfn /nowhere \(root)/bundle",
        "rm \(root)/bundles/tools/current", "rm \(root)/bundles/project/1.0.0/lib/part-7.js",
        "echo x >>\(root)/bundles/project-host/1.0.0/server.js", "rm /home/ops/.nvm/alias/default",
        "rm /home/ops/.nvm/versions/node/v22.20.0/bin/node", "echo PORT=1 >/etc/cocalc/project-host.env",
        "echo '{}' >\(root)/config/bootstrap.json", "rm /etc/systemd/system/project-host.service",
        "systemctl disable --now project-host", "umount /btrfs", "rm /etc/systemd/system/btrfs.mount",
        "dpkg --remove jq", "rm -r \(root)/data/project/cache", "chmod 755 \(root)/data/project/closed",
        "rm \(root)/data/project/index.sqlite", "rm \(root)/data/project/project.conf",
        "echo other >\(root)/data/project/model.bin", "rm /srv/models/a.bin /srv/models/b.idx", closedBackup, "true",
    ]

    /// The newer of two backups is one that the agent may not read.
    private static let closedBackup = """
        cd /srv/models && rm a.bin b.idx && for tag in 1 2; do
            for file in a_backup_$tag.bin b_backup_$tag.idx; do echo "backup $tag" >$file; done
        done && touch -d '+1 hour' *_2.* && chmod 600 *_2.*
        """

    @Test func `a run changes what the plan said and nothing else, whatever was damaged before`() async throws {
        try await Site.run("add", "plan", "1.0.0")
        let config = try await Site.config(
            "plan",
            """
            data=[{"name": "models", "path": "/srv/models", "url": "https://hub.test/static/models.tar.gz",
            "files": ["a.bin", "b.idx"]}]
            """)
        try await TestHost.with("plan", .init()) { host in
            try await expectTruePlan(host, config, on: "a fresh host")
            for damage in Self.damages {
                try await host.shell(damage).check()
                try await expectTruePlan(host, config, on: damage)
            }
            #expect(try await host.shell("cat /srv/models/a.bin /srv/models/b.idx").output == "backup 1\nbackup 1\n")
        }
    }

    private func expectTruePlan(_ host: TestHost, _ config: String, on state: String) async throws {
        let before = try await look(host, "before")
        let planned = try await host.agent("plan", "--json", config: config)
        #expect(try await look(host, "planned") == before, "planning on \(state) changed the host")
        if state == "a fresh host" {
            for name in [
                "artifacts/bundles/project-1.0.0.tar.xz", "static/models.tar.gz", "static/node/v22.20.0/node-",
            ] {
                let line = try Regex("download [1-9][0-9]* bytes from https://hub.test/\(name)")
                #expect(planned.result.output.replacing("\\/", with: "/").contains(line), "\(planned.result.output)")
            }
        }
        let steps = try JSONDecoder().decode([Planned].self, from: Data(planned.result.output.utf8))
        let changes = steps.filter { !$0.changes.isEmpty }
        #expect(planned.exitCode == (changes.isEmpty ? 0 : 7), "\(state): \(planned.result.errors)")
        let run = try await host.agent("apply", "--json", config: config)
        #expect(run.exitCode == 0, "\(state): \(run.result.errors)")
        // Whether a bundle requires anything is not known before it is there.
        let unknown = state == "a fresh host" ? Set<String>() : []
        #expect(Set(run.changed).symmetricDifference(changes.map(\.step)) == unknown, "steps on \(state)")
        if state == "true" { #expect(changes.isEmpty) }
        _ = try await look(host, "after")
        let lines = try await host.shell(
            "diff /root/look-before /root/look-after | sed -n 's/^[<>] //p' | cut -f1 | sort -u")
        let changed = lines.output.split(separator: "\n").map(String.init)
        let previewed = changes.flatMap(\.changes).map(\.what)
        for path in changed where state != "a fresh host" {
            #expect(
                previewed.contains { path == $0 || path.hasPrefix("\($0)/") || Self.follows(path, from: $0) },
                "\(state): \(path) was changed and not planned: \(previewed)")
        }
        for what in previewed where Self.watched.contains(where: { what == $0 || what.hasPrefix("\($0)/") }) {
            #expect(
                changed.contains { $0 == what || $0.hasPrefix("\(what)/") },
                "\(state): \(what) was planned and not changed")
        }
    }

    /// Enabling a unit makes links in folders; mounting shows what lies in the image; a bundle has its record.
    private static func follows(_ path: String, from what: String) -> Bool {
        (what.hasSuffix(" at boot") && path.hasPrefix("/etc/systemd/system/"))
            || (path.hasPrefix("/btrfs") && (what.hasPrefix("/btrfs") || what.contains("btrfs")))
            || (path.contains("/.records/") && path.hasPrefix(Files.folder(of: what)))
    }

    /// Writes down all that is watched; the answer is a digest of it and of every time that planning could change.
    private func look(_ host: TestHost, _ name: String) async throws -> String {
        let paths = Self.watched.joined(separator: " ")
        return try await host.shell(
            """
            { find \(paths) -printf '%p\\t%y %m %u %l\\n'; findmnt -no TARGET /btrfs | sed 's/$/\\tmounted/'
            find \(paths) -type f -print0 | xargs -0 sha256sum | awk '{print $2 "\\t" $1}'; } 2>/dev/null | sort >/root/look-\(name)
            { cat /root/look-\(name)
            find \(paths) \(Self.root) /var/lib/apt /var/cache/apt /var/lib/dpkg -printf '%p %T@ %C@\\n' | sort; } 2>/dev/null | sha256sum
            """
        ).check().output
    }

    private struct Planned: Decodable {
        struct Change: Decodable {
            let what: String
        }
        let step: String
        let changes: [Change]
    }
}
