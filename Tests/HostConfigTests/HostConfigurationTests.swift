import Digests
import HostConfig
import Testing

@Suite struct HostConfigurationTests {
    @Test func `three fields suffice and the rest has defaults`() throws {
        let bytes = Array(ConfigFile.text().utf8)
        let config = try HostConfiguration.load(bytes, file: "host.json").get()
        #expect(config.bootstrapUser == "ada")
        #expect(config.bootstrapDirectory == "/home/ada/cocalc-host/bootstrap")
        #expect(config.hostName == "h-1")
        #expect(config.parallel)
        #expect(config.stepTimeout == .seconds(1800))
        #expect(config.allowedSystems.map(\.description) == ["ubuntu-24.04+"])
        #expect(config.environmentFile == "/etc/cocalc/project-host.env")
        #expect(config.minimumFreeDiskGB == 2)
        #expect(config.bundles(for: .x86_64).isEmpty)
        #expect(config.node == nil && config.btrfs == nil && config.hub == nil && config.sshTunnel == nil)
        #expect(config.source == bytes)
        #expect(config.digest == Digest.of(bytes))
    }

    @Test func `the full example is read field by field`() throws {
        let config = try HostConfiguration.load(ConfigFile.example("full"), file: "full.json").get()
        #expect(config.hostName == "host-1.example.com")
        #expect(config.conatURLs.map(\.text) == ["wss://conat.example.com/conat", "ws://127.0.0.1:9100/conat"])
        #expect(config.architecture == .x86_64)
        #expect(config.allowedSystems.map(\.description) == ["ubuntu-24.04+", "debian-12", "debian-13"])
        #expect(config.stepTimeouts == ["apt-packages": .seconds(3600), "services": .seconds(120)])
        #expect(config.apt.lockTimeout == .seconds(300) && config.apt.listsMaxAge == .seconds(86_400))
        #expect(config.aptPackages.map(\.description).last == "crun=1.14.1-1")
        #expect(config.node?.version == .exact("20.18.0"))
        #expect(config.node?.nvmArchive?.digest.algorithm == .sha256)
        #expect(config.btrfs?.size == .gigabytes(100))
        #expect(config.environment.keys.sorted().first == "DATABASE_PASSWORD")
        #expect(config.hub?.url.host == "hub.example.com")
        #expect(config.hub?.caFile == "/etc/cocalc/hub-ca.pem")
        #expect(config.caFile == "/etc/cocalc/bundles-ca.pem")
        #expect(config.minimumFreeDiskGB == 20)
    }

    @Test func `the full example's bundles are those of the architecture`() throws {
        let config = try HostConfiguration.load(ConfigFile.example("full"), file: "full.json").get()
        let bundles = config.bundles(for: .aarch64)
        #expect(bundles.map(\.name) == ["project-host", "project", "tools", "web", "exporter"])
        #expect(bundles[0].mirrors.count == 1 && bundles[0].version == "1.4.2")
        #expect(bundles[0].maxUnpackedBytes == 2 << 30 && bundles[0].expectedFiles.count == 2)
        #expect(bundles[0].signature == .archive && bundles[0].minimumVersion == "1.4.0")
        #expect(config.signatureKeys.map(\.id.description) == ["C5AE5CADDB5B81"])
        guard case .manifest(let manifest) = bundles[1].location else { throw NoManifest() }
        #expect(manifest.text == "https://bundles.example.com/latest-linux.json")
        #expect(bundles[1].verification == .sidecar && bundles[1].digest == nil)
        #expect(bundles[2].digest?.algorithm == .sha512)
        let tools = config.bundles(for: .x86_64)[2]
        #expect(tools.signature == .checksums && tools.checksumURL?.text == "https://bundles.example.com/SHA256SUMS")
        #expect(bundles[2].url.text == "https://bundles.example.com/tools-aarch64.tar.xz")
        #expect(bundles[2].verification == .required && bundles[2].maxUnpackedBytes == 4 << 30)
    }

    @Test func `the full example's services and tunnel are read`() throws {
        let config = try HostConfiguration.load(ConfigFile.example("full"), file: "full.json").get()
        #expect(
            config.services.prefix(4).map(\.unit)
                == ["web.slice", "srv-models.mount", "sync-home.service", "fstrim.timer"])
        #expect(config.services.filter { $0.scope == .user }.map(\.unit) == ["sync-home.service"])
        let older = config.services.dropFirst(4)
        #expect(older.map(\.unit) == ["project-host.service", "sync@projects.service", "apt-daily-upgrade.timer"])
        #expect(older.first?.definition == .bundle(name: "project-host", path: "units/project-host.service"))
        #expect(older.first?.health?.urls.map(\.text) == ["http://127.0.0.1:9002/health"])
        #expect(older.map(\.isEnabled) == [true, false, true])
        #expect(config.sshTunnel?.port == 22)
        #expect(config.sshTunnel?.remoteForwards.map(\.bindAddress) == [nil, "::1"])
        #expect(config.sshTunnel?.localForwards.map(\.description) == ["127.0.0.1:9100:conat:9100"])
    }

    @Test func `other spellings mean the same`() throws {
        let config = try ConfigFile.load(
            #""arch": "arm64", "os_release": "debian-12", "node_version": "v22.1.0", "schema_version": 1.0"#)
        #expect(config.architecture == .aarch64)
        #expect(config.allowedSystems.map(\.description) == ["debian-12"])
        #expect(config.node?.version == .exact("22.1.0"))
        #expect(config.node?.mirrorURL.text == "https://nodejs.org/dist")
        #expect(try ConfigFile.load(#""btrfs_image_target_gb": "auto""#).btrfs?.size == .automatic)
        #expect(try ConfigFile.load(#""apt_packages": ["git", "git"]"#).aptPackages.count == 1)
    }

    @Test func `without verification a bundle needs no checksum`() throws {
        let config = try ConfigFile.load(
            #""bundle_urls": {"project": {"url": "file:///srv/p.tar", "verification": "none"}}"#)
        #expect(config.bundles(for: .x86_64).map(\.url.filePath) == ["/srv/p.tar"])
        #expect(config.bundles(for: .x86_64)[0].digest == nil)
    }

    @Test func `how this host shows who it is stands in files`() throws {
        let config = try ConfigFile.load(
            #""client_certificate": "/c", "client_key": "/k", "bundle_urls": {"project": "#
                + #"{"url": "https://h/p", "verification": "none", "authorization": {"environment": "TOKEN"}}}"#)
        #expect(config.clientCertificate == "/c" && config.clientKey == "/k")
        #expect(config.bundles(for: .x86_64).first { $0.name == "project" }?.authorization != nil)
        #expect(try ConfigFile.load(#""client_certificate": "/c""#).clientKey == nil)
    }

    @Test func `neither printing nor dumping shows what the file says`() throws {
        let config = try ConfigFile.load(
            #""environment": {"A": "CANARY"}, "hub": {"url": "https://u:CANARY@h.example/p?t=CANARY", "token": "CANARY"}, "#
                + #""bundle_urls": {"project": {"url": "https://h/p", "verification": "none", "authorization": "CANARY"}}"#
        )
        var dumped = ""
        dump(config, to: &dumped)
        dump(config.hub, to: &dumped)
        dump(config.bundleSlots, to: &dumped)
        dump(config.environment, to: &dumped)
        #expect(dumped.contains("h.example"))
        for text in [dumped, "\(config)", String(reflecting: config), "\(config.environment)", "\(config.hub as Any)"] {
            #expect(!text.contains("CANARY") && !text.contains("67, 65, 78"))
        }
    }
}

private struct NoManifest: Error {}
