import Digests
import Platform
import Testing

@testable import Hub

/// What `add-host` says of the bundles that a config fetches from the hub.
@Suite struct ConfigArtifactsTests {
    private static let good = Digest.of(LiveHub.content).hex
    private static let bad = String(repeating: "a", count: 64)

    /// Addresses and digests of a bundle, and what is told.
    @Test(arguments: [
        ("https://hub.test/artifacts/bundles/tools.tar.xz", good, String?.none),
        ("https://hub.test/artifacts/bundles/tools.tar.xz", bad, "has sha256 \(good) here, and the config says \(bad)"),
        ("https://hub.test/artifacts/bundles/none.tar.xz", good, "bootstrap-hub add-bundle none.tar.xz"),
        ("https://hub.test/artifacts/bundles/../../hub.db", good, "is not at this hub"),
        ("https://hub.test/artifacts/bundles", good, "is not at this hub"),
        ("https://other.test/artifacts/bundles/none.tar.xz", good, nil),
        ("https://hub.test/files/none.tar.xz", good, nil),
        ("https://hub.test:8443/artifacts/none.tar.xz", good, nil),
    ])
    func `a bundle that is not at this hub, or not with the config's digest, is told with its remedy`(
        url: String, digest: String, told: String?
    ) async throws {
        try await LiveHub.with { hub in
            _ = try hub.bundle()
            let admission = try hub.hub.addHost(HostID("h1"), config: hub.file("c.json", config(url, digest)))
            #expect(admission.warnings.count == (told == nil ? 0 : 1), "\(admission.warnings)")
            if let told { #expect(admission.warnings.first?.contains(told) == true, "\(admission.warnings)") }
            #expect(admission.token != nil)
        }
    }

    @Test func `a file that was put there by hand counts by its content, and a changed one no longer as it was`()
        async throws
    {
        try await LiveHub.with { hub in
            _ = try hub.bundle()
            try Files.replace("\(hub.folder)/data/artifacts/bundles/own.tar", with: LiveHub.content, mode: 0o644)
            let own = try hub.file("c.json", config("https://hub.test/artifacts/bundles/own.tar", Self.good))
            #expect(try hub.hub.addHost(HostID("h1"), config: own).warnings == [])
            try Files.replace("\(hub.folder)/data/artifacts/bundles/tools.tar.xz", with: [1], mode: 0o644)
            let changed = try hub.file("d.json", config("https://hub.test/artifacts/bundles/tools.tar.xz", Self.good))
            #expect(try hub.hub.addHost(HostID("h1"), config: changed).warnings.count == 1)
        }
    }

    private func config(_ url: String, _ digest: String) -> [UInt8] {
        Array(
            """
            {"bootstrap_user": "ops", "bootstrap_root": "/home/ops/host", "host_id": "h1",
             "bundles": {"tools": {"url": "\(url)", "checksum": "\(digest)"}},
             "hub": {"url": "https://hub.test/api/v1/hosts/h1/status", "token": {"file": "/home/ops/.hub-token"}}}
            """.utf8)
    }
}
