import HostConfig
import Testing

@Suite struct BundleSlotTests {
    private static let digest = String(repeating: "0", count: 64)

    private static func text(_ bundles: String) -> String { "\"bundles\": {\(bundles)}" }

    private static let web = #"""
        "web": {"architectures": {"x86_64": {"url": "https://a.example/x.tar.zst", "checksum": "\#(digest)", "version": "2"},
        "aarch64": "https://a.example/a.tar.zst"}, "verification": "sidecar", "expected_files": ["bin/web"], "version": "1"},
        "tools": {"url": "https://a.example/t.tar.gz", "checksum": "\#(digest)"}
        """#

    @Test func `a bundle of any name is for every architecture, or from another place for each`() throws {
        let config = try ConfigFile.load(Self.text(Self.web))
        #expect(config.bundles(for: .x86_64).map(\.name) == ["web", "tools"])
        let (x86, arm) = (config.bundles(for: .x86_64), config.bundles(for: .aarch64))
        #expect(x86.map(\.url.text) == ["https://a.example/x.tar.zst", "https://a.example/t.tar.gz"])
        #expect(arm.map(\.url.text) == ["https://a.example/a.tar.zst", "https://a.example/t.tar.gz"])
        #expect(x86[0].version == "2" && arm[0].version == "1")
        #expect(x86[0].digest != nil && arm[0].digest == nil && arm[0].verification == .sidecar)
        #expect([x86[0], arm[0]].allSatisfy { $0.expectedFiles == ["bin/web"] })
        #expect(x86[1] == arm[1])
    }

    @Test func `the three old names come first, wherever they stand`() throws {
        let config = try ConfigFile.load(
            """
            "bundle_urls": {"project": "https://a.example/p.tar.xz"}, "bundle_checksums": {"project": "\(Self.digest)"},
            "bundles": {"a": {"url": "https://a.example/a.tar.xz", "checksum": "\(Self.digest)"}}
            """)
        #expect(config.bundles(for: .x86_64).map(\.name) == ["project", "a"])
    }

    @Test(arguments: [
        (#""Web": {"url": "https://a.example/x", "checksum": "D"}"#, "bundles: expected a bundle's name"),
        (#""web": "https://a.example/x""#, "bundles.web: there is no \"checksum\" for it"),
        (#""web": {"architectures": {}, "verification": "none"}"#, "there is none for any architecture"),
        (
            #""web": {"url": "https://a.example/x", "architectures": {"x86_64": {"url": "https://a.example/x", "checksum": "D"}}}"#,
            "bundles.web.url: \"architectures\" says where each comes from"
        ),
        (#""web": {"architectures": {"arm": "https://a.example/x"}}"#, "unknown field \"arm\""),
        (
            #""web": {"url": "https://a.example/x", "checksum": "D", "verification": "none"}"#,
            "leave it or its \"checksum\" out"
        ),
        (
            #""web": {"architectures": {"x86_64": {"url": "https://a.example/x", "signature": "archive"}}}"#,
            "unknown field \"signature\""
        ),
    ])
    func `each mistake has its own words and place`(bundles: String, words: String) {
        let text = Self.text(bundles.split(separator: "\"D\"").joined(separator: "\"\(Self.digest)\""))
        let complaints = ConfigFile.complaints(ConfigFile.text(text))
        #expect(complaints.contains { $0.contains(words) }, "\(complaints)")
    }

    @Test func `a bundle that is in both lists, or for another architecture than the host's, is refused`() {
        let twice = """
            "bundle_urls": {"tools": {"x86_64": "https://a.example/p"}}, "bundle_checksums": {"tools": {"x86_64": "\(Self.digest)"}},
            "bundles": {"tools": {"url": "https://a.example/a", "checksum": "\(Self.digest)"}}
            """
        #expect(
            ConfigFile.complaints(ConfigFile.text(twice)).contains { $0.contains("\"bundle_urls\" has \"tools\", too") }
        )
        let other = """
            "arch": "aarch64", "bundles": {"web": {"architectures": {"x86_64": {"url": "https://a.example/a", "checksum": "\(Self.digest)"}}}}
            """
        #expect(ConfigFile.complaints(ConfigFile.text(other)).contains { $0.contains("there is none for \"aarch64\"") })
    }

    @Test func `what names two digests for one bundle is refused, and a unit may name any bundle`() throws {
        let text = """
            "bundle_urls": {"project": {"url": "https://a.example/p", "checksum": "\(Self.digest)"}},
            "bundle_checksums": {"project": "\(Self.digest)"}
            """
        #expect(
            ConfigFile.complaints(ConfigFile.text(text)).contains { $0.contains("\"bundle_checksums\" has one, too") })
        let service = #", "services": [{"unit": "web.service", "bundle": "tools", "path": "web.service"}]"#
        #expect(try ConfigFile.load(Self.text(Self.web) + service).services.count == 1)
    }
}
