import HostConfig
import Testing

@Suite struct HostConfigurationTests {
    static let minimal = """
        {"bootstrap_user": "ada", "bootstrap_root": "/home/ada/cocalc-host", "host_id": "host-1"}
        """

    @Test func `three fields suffice and the rest has defaults`() throws {
        let config = try HostConfiguration.load(Array(Self.minimal.utf8), file: "host.json").get()
        #expect(config.bootstrapDirectory == "/home/ada/cocalc-host/bootstrap")
        #expect(config.hostName == "host-1")
        #expect(config.parallel)
        #expect(config.stepTimeout == .seconds(1800))
        #expect(config.allowedSystems.map(\.description) == ["ubuntu-24.04+"])
        #expect(config.environmentFile == "/etc/cocalc/project-host.env")
        #expect(config.minimumFreeDiskGB == 2)
        #expect(config.bundles(for: .x86_64).isEmpty)
        #expect(config.node == nil && config.btrfs == nil && config.hub == nil && config.sshTunnel == nil)
        #expect(config.source == Array(Self.minimal.utf8))
    }
}
