import Platform
import Testing

/// Packages from files of their own, and packages that must not be there, by real dpkg and apt.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct AptDebsScenario {
    /// Makes /srv/NAME.deb, and prints each one's SHA-256: own-base in two versions, one of them built twice, own-top that needs
    /// the second, own-bad that needs what nobody has, and a page about one.
    private static let place = """
        set -e
        mkdir -p /root/p && cd /root/p
        make() {
            mkdir -p "$1/DEBIAN" "$1/usr/share/$2" && echo "$1" >"$1/usr/share/$2/build"
            printf 'Package: %s\\nVersion: %s\\nArchitecture: all\\nMaintainer: x <x@h>\\nDescription: x\\n%b' "$2" "$3" "$4" >"$1/DEBIAN/control"
            dpkg-deb -b "$1" "/srv/$1.deb" >/dev/null
        }
        make base1 own-base 1 && make base2 own-base 2 && make again own-base 2
        make top own-top 1 'Depends: own-base (>= 2)\\n' && make bad own-bad 1 'Depends: no-such-thing\\n'
        echo '<html>' >/srv/page.deb
        chmod 644 /srv/*.deb && cd /srv && sha256sum *.deb
        """

    /// A file by its name in /srv as the config names it, by what `place` printed.
    private static func files(_ digests: [String: String], _ names: String...) -> String {
        let files = names.map { #"{"url": "file:///srv/\#($0).deb", "sha256": "\#(digests[$0] ?? none)"}"# }
        return #""debs": [\#(files.joined(separator: ", "))]"#
    }

    private static let none = String(repeating: "0", count: 64)

    private static func config(_ apt: String, packages: String = "[]") throws -> String {
        try Site.bareConfig("aptdebs", #""apt_packages": \#(packages), "apt": {\#(apt)}"#)
    }

    private static func prepare(_ host: TestHost) async throws -> [String: String] {
        let lines = try await host.shell(place).check().output.split(separator: "\n").suffix(6)
        return Dictionary(
            lines.compactMap { line in
                let words = line.split(separator: " ")
                return words.count == 2 ? (String(words[1].dropLast(4)), String(words[0])) : nil
            }, uniquingKeysWith: { first, _ in first })
    }

    /// What of the packages made here is installed: `own-base=2 own-top=1`.
    private static func installed(_ host: TestHost) async throws -> String {
        let list = #"dpkg -l 'own-*' 2>/dev/null | awk '/^.i/ {print $2 "=" $3}'"#
        return try await host.shell(list).output.split(separator: "\n").sorted().joined(separator: " ")
    }

    @Test func `packages come from files with their digests, stay in their versions, and go when they leave`()
        async throws
    {
        try await TestHost.with("aptdebs", .init()) { host in
            let digests = try await Self.prepare(host)
            let both = try Self.config(Self.files(digests, "top", "base2"))
            let plan = try await host.agent("plan", config: both)
            #expect(plan.exitCode == 7 && plan.result.output.contains("download"), "\(plan.result.output)")
            #expect(try await Self.installed(host) == "")
            let run = try await host.agent("apply", "--json", config: both)
            #expect(run.exitCode == 0 && run.changed.contains("apt-debs"), "\(run.result.errors)")
            #expect(try await Self.installed(host) == "own-base=2 own-top=1")
            try await host.shell("test ! -e /var/lib/host-bootstrap/packages").check()
            // Neither looks at the files again.
            try await host.shell("mkdir /srv/away && mv /srv/*.deb /srv/away").check()
            #expect(try await host.agent("plan", config: both).exitCode == 0)
            #expect(try await host.agent("apply", "--json", config: both).changed.isEmpty)
            try await host.shell("mv /srv/away/*.deb /srv").check()
            // Another build of the same version.
            let rebuilt = try Self.config(Self.files(digests, "top", "again"))
            let anew = try await host.agent("apply", "--json", config: rebuilt).changed
            #expect(anew.contains("apt-debs") && !anew.contains("tidy-up"), "\(anew)")
            #expect(try await host.shell("cat /usr/share/own-base/build").output == "again\n")
            #expect(try await host.agent("apply", "--json", config: rebuilt).changed.isEmpty)
            try await expectRefusals(host, digests)
            // An older version, and what cannot be beside it may go.
            let older = try Self.config(#"\#(Self.files(digests, "base1")), "absent": ["own-top"]"#)
            let down = try await host.agent("apply", "--json", config: older)
            #expect(down.exitCode == 0, "\(down.result.errors)")
            #expect(try await Self.installed(host) == "own-base=1")
            #expect(try await host.agent("apply", "--json", config: older).changed.isEmpty)
            let gone = try await host.agent("apply", "--json", config: try Self.config(#""remove": true"#))
            #expect(gone.exitCode == 0 && gone.changed.contains("tidy-up"), "\(gone.result.errors)")
            #expect(try await Self.installed(host) == "")
        }
    }

    /// What does not hold changes nothing.
    private func expectRefusals(_ host: TestHost, _ digests: [String: String]) async throws {
        let cases = [
            (Self.files(digests, "base1"), "own-top would be removed for it", 1),
            (Self.files(digests, "top", "again", "bad"), "own-bad : Depends: no-such-thing", 1),
            (Self.files(digests, "page"), "is no package of Debian's", 1),
            (Self.files(["top": digests["base2"] ?? ""], "top"), "top.deb", 5),
            (Self.files(digests, "base1", "base2"), #"another of "debs" is the package own-base"#, 1),
            (#"\#(Self.files(digests, "bad")), "absent": ["own-bad"]"#, #"which stands in "absent""#, 1),
        ]
        for (apt, words, code) in cases {
            let run = try await host.agent("apply", "--json", config: try Self.config(apt))
            #expect(run.exitCode == code && run.result.errors.contains(words), "\(run.exitCode) \(run.result.errors)")
            #expect(try await Self.installed(host) == "own-base=2 own-top=1", "\(words)")
        }
    }

    @Test func `what must not be there goes with what needs it, and not with what is wanted`() async throws {
        let absent = try Self.config(#""absent": ["own-base"]"#)
        try await TestHost.with("aptabsent", .init()) { host in
            _ = try await Self.prepare(host)
            let install = "dpkg -i /srv/base2.deb /srv/top.deb"
            try await host.shell(install).check()
            let plan = try await host.agent("plan", config: absent)
            #expect(plan.exitCode == 7, "\(plan.result.output)")
            #expect(plan.result.output.contains("removed, since it needs what must not be there"))
            #expect(try await Self.installed(host) == "own-base=2 own-top=1")
            let run = try await host.agent("apply", "--json", config: absent)
            #expect(run.exitCode == 0 && run.changed.contains("apt-absent"), "\(run.result.errors)")
            #expect(try await Self.installed(host) == "")
            #expect(try await host.agent("plan", config: absent).exitCode == 0)
            #expect(try await host.agent("apply", "--json", config: absent).changed.isEmpty)
            try await host.shell(install).check()
            try await expectKept(host, absent)
            // What an earlier config held is let go by the one that wants it away.
            let held = try await host.agent("apply", "--json", config: try Self.config(#""hold": ["own-base"]"#))
            #expect(held.exitCode == 0, "\(held.result.errors)")
            let away = try await host.agent("apply", "--json", config: absent)
            #expect(away.exitCode == 0, "\(away.result.errors)")
            #expect(try await Self.installed(host) == "")
            let gone = try await host.run(Site.agentInHost, "uninstall", user: TestHost.user)
            #expect(gone.exitCode == 0, "\(gone.output)\(gone.errors)")
            for words in ["own-base: it was removed (2 was there)", "own-top: it was removed (1 was there)"] {
                #expect(gone.output.contains(words), "\(gone.output)")
            }
        }
    }

    /// A run that may not remove it fails, and removes nothing.
    private func expectKept(_ host: TestHost, _ absent: String) async throws {
        let wanted = try Self.config(#""absent": ["own-base"]"#, packages: #"["own-top"]"#)
        let cases = [
            (wanted, "the config wants it to be there", ""),
            (try Self.config(#""absent": ["dpkg"]"#), "cannot be without", ""),
            (try Self.config(#""absent": ["sudo"]"#), "cannot be without sudo", ""),
            (absent, "Held packages were changed", "own-base"),
        ]
        for (config, words, held) in cases {
            if !held.isEmpty { try await host.shell("apt-mark hold \(held)").check() }
            let run = try await host.agent("apply", "--json", config: config)
            #expect(run.exitCode == 1 && run.result.errors.contains(words), "\(run.exitCode) \(run.result.errors)")
            #expect(try await Self.installed(host).contains("own-base=2"))
            try await host.shell("dpkg -s own-top sudo dpkg >/dev/null").check()
            if !held.isEmpty { try await host.shell("apt-mark unhold \(held)").check() }
        }
    }
}
