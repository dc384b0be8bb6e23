import Platform
import Testing

/// The config's own sources of packages, by real apt from a place that is signed on the host.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct AptSourcesScenario {
    private static let file = "/etc/apt/sources.list.d/own.sources"

    /// Makes /srv/deb with one package, signed by one key; the other's is there, too.
    private static let place = """
        set -e
        apt-get -qq update && apt-get -qq -y install gpg dpkg-dev >/dev/null
        export GNUPGHOME=/root/gpg && install -d -m 700 $GNUPGHOME
        for name in own other; do
            gpg --batch -q --passphrase '' --quick-gen-key "$name" ed25519 sign never
            gpg --batch -q --armor --export "$name" >"/srv/$name.asc"
        done
        mkdir -p /srv/deb /root/p/DEBIAN && cd /srv/deb
        printf 'Package: own-words\\nVersion: 1\\nArchitecture: all\\nMaintainer: x <x@h>\\nDescription: x\\n' >/root/p/DEBIAN/control
        dpkg-deb -b /root/p own-words_1_all.deb >/dev/null && dpkg-scanpackages . >Packages 2>/dev/null
        { echo "Date: $(date -uR)" && echo SHA256: && printf ' %s %s Packages\\n' "$(sha256sum <Packages | cut -c1-64)" "$(stat -c %s Packages)"; } >Release
        gpg --batch -q --local-user own --clearsign --output InRelease Release
        sha256sum /srv/own.asc | cut -c1-64
        """

    private static func config(_ source: String, packages: String = "[]") throws -> String {
        try Site.bareConfig("aptsources", #""apt_packages": \#(packages), "apt": {"sources": [\#(source)]}"#)
    }

    private static func source(_ name: String, key: String) -> String {
        #"{"name": "\#(name)", "uris": ["file:///srv/deb"], "suites": ["./"], "key": \#(key)}"#
    }

    @Test func `packages come from a source that the config names, whose key vouches for it, until it leaves`()
        async throws
    {
        try await TestHost.with("aptsources", .init()) { host in
            let digest = try await host.shell(Self.place).check().output.split(separator: "\n").last ?? ""
            let key = #"{"url": "file:///srv/own.asc", "sha256": "\#(digest)"}"#
            let whole = try Self.config(Self.source("own", key: key), packages: #"["own-words"]"#)
            let plan = try await host.agent("plan", config: whole)
            #expect(plan.exitCode == 7 && plan.result.output.contains("download"), "\(plan.result.output)")
            #expect(try await host.shell("test -e \(Self.file)").exitCode == 1)
            let run = try await host.agent("apply", "--json", config: whole)
            #expect(run.exitCode == 0, "\(run.result.errors)")
            #expect(run.changed.contains("apt-sources") && run.changed.contains("apt-packages"))
            try await host.shell("dpkg -s own-words >/dev/null && apt-get -qq update").check()
            // Neither looks at the key's address again.
            try await host.shell("mv /srv/own.asc /srv/away.asc").check()
            #expect(try await host.agent("plan", config: whole).exitCode == 0)
            #expect(try await host.agent("apply", "--json", config: whole).changed.isEmpty)
            try await host.shell("mv /srv/away.asc /srv/own.asc && echo 'Trusted: yes' >>\(Self.file)").check()
            #expect(try await host.agent("apply", "--json", config: whole).changed == ["apt-sources", "finish"])
            #expect(try await host.shell("grep Trusted \(Self.file)").exitCode == 1)
            try await expectRefusals(host, key)
            // The same place under another name: two keys for one place would make apt read no source at all.
            let renamed = try Self.config(Self.source("renamed", key: key), packages: #"["own-words"]"#)
            let moved = try await host.agent("apply", "--json", config: renamed)
            #expect(moved.exitCode == 0, "\(moved.result.errors)")
            #expect(
                try await host.shell("ls /etc/apt/sources.list.d/*.sources | grep -c -e own -e renamed").output == "1\n"
            )
            let gone = try await host.run(Site.agentInHost, "uninstall", user: TestHost.user)
            #expect(gone.exitCode == 0, "\(gone.output)\(gone.errors)")
            try await host.shell("test ! -e /etc/apt/sources.list.d/renamed.sources && apt-get -qq update").check()
        }
    }

    @Test func `a package is held while the config says so, and what was held before stays so`() async throws {
        let both = try Site.bareConfig("apthold", #""apt_packages": ["jq"], "apt": {"hold": ["jq", "sudo"]}"#)
        try await TestHost.with("apthold", .init()) { host in
            try await host.shell("apt-mark hold sudo").check()
            #expect(try await host.agent("plan", config: both).exitCode == 7)
            #expect(try await host.agent("apply", "--json", config: both).changed.contains("apt-hold"))
            #expect(try await host.shell("apt-mark showhold").output == "jq\nsudo\n")
            #expect(try await host.agent("apply", "--json", config: both).changed.isEmpty)
            try await host.shell("apt-mark unhold jq").check()
            #expect(try await host.agent("apply", "--json", config: both).changed == ["apt-hold", "finish"])
            let none = try Site.bareConfig("apthold", #""apt_packages": ["jq"]"#)
            #expect(try await host.agent("apply", "--json", config: none).exitCode == 0)
            #expect(try await host.shell("apt-mark showhold").output == "sudo\n")
            let absent = try Site.bareConfig("apthold", #""apt": {"hold": ["no-such-package"]}"#)
            let run = try await host.agent("apply", "--json", config: absent)
            #expect(run.exitCode == 1 && run.result.errors.contains("it is not installed"), "\(run.result.errors)")
        }
    }

    /// What does not hold is not left behind, and what held before it is there again.
    private func expectRefusals(_ host: TestHost, _ key: String) async throws {
        let before = try await host.shell("sha256sum \(Self.file)").check().output
        let other = try await host.shell("sha256sum /srv/other.asc").check().output.prefix(64)
        let cases = [
            (Self.source("own", key: #"{"url": "file:///srv/other.asc", "sha256": "\#(other)"}"#), "NO_PUBKEY", 1),
            (Self.source("own", key: #"{"url": "file:///srv/other.asc", "sha256": "\#(Self.none)"}"#), "other.asc", 5),
            (
                #"{"name": "own", "uris": ["file:///srv/none"], "suites": ["./"], "key": \#(key)}"#,
                "does not have a Release file", 1
            ),
        ]
        for (source, words, code) in cases {
            let run = try await host.agent("apply", "--json", config: try Self.config(source))
            #expect(run.exitCode == code && run.result.errors.contains(words), "\(run.exitCode) \(run.result.errors)")
            #expect(try await host.shell("sha256sum \(Self.file)").output == before)
        }
    }

    private static let none = String(repeating: "0", count: 64)
}
