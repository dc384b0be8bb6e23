import HostConfig
import Testing

@Suite struct BundleRootTests {
    private static let source = #""url": "https://a.example/x.tar.zst", "verification": "none""#

    private static func bundle(_ name: String, _ root: String) -> String {
        #""\#(name)": {\#(source), "root": "\#(root)"}"#
    }

    @Test(arguments: ["/opt/web", "/srv/a/b", "/home/ada/cocalc-host/apps/web"])
    func `a bundle has a folder of its own beneath the bootstrap root, opt or srv`(root: String) throws {
        let config = try ConfigFile.load(#""bundles": {\#(Self.bundle("web", root)), "b": {\#(Self.source)}}"#)
        #expect(config.bundles(for: .x86_64).map(\.root) == [root, nil])
    }

    @Test(arguments: [
        ("opt/web", "expected an absolute path"), ("/opt/../etc", "expected an absolute path"),
        ("/opt", "a bundle's root lies beneath"), ("/srv", "a bundle's root lies beneath"),
        ("/var/lib/web", "a bundle's root lies beneath"), ("/optional/web", "a bundle's root lies beneath"),
        ("/home/ada/cocalc-host", "a bundle's root lies beneath"),
        ("/home/ada/cocalc-host/bundles/b", #"lies in "/home/ada/cocalc-host/bundles", which is the agent's own"#),
        ("/home/ada/cocalc-host/config", "which is the agent's own"),
        ("/home/ada/cocalc-host/logs/x", "which is the agent's own"),
        ("/home/ada/cocalc-host/bootstrap/x", "which is the agent's own"),
        ("/home/ada/cocalc-host/bundle", "which is the agent's own"),
        ("/home/ada/cocalc-host/data/b", "which holds what the bundles require"),
        ("/srv/sets/one", #"it is "/srv/sets/one", the folder of the data "one""#),
        ("/srv/sets", #"it lies around "/srv/sets/one""#), ("/srv/disk/x", #"where the disk "d" is mounted"#),
        ("/opt/b", #"it is "/opt/b", the root of the bundle "b""#),
        ("/opt/b/1.0", #"it lies in "/opt/b", the root of the bundle "b""#),
    ])
    func `one that is another's place, lies in it or around it is refused, with its place in the file`(
        root: String, words: String
    ) {
        let text = #"""
            "data": [{"name": "one", "path": "/srv/sets/one", "url": "https://a.example/d.tar", "files": ["f"], "verification": "none"}],
            "disks": [{"name": "d", "candidates": ["/dev/vdb"], "filesystem": "ext4", "mount_point": "/srv/disk"}],
            "bundles": {\#(Self.bundle("b", "/opt/b")),
            \#(Self.bundle("web", root))}
            """#
        let complaints = ConfigFile.complaints(ConfigFile.text(text))
        #expect(
            complaints.contains {
                $0.hasPrefix("host.json:5:") && $0.contains(words) && $0.contains("bundles.web.root")
            },
            "\(complaints)")
    }

    @Test func `a bundle of the old names has none, unless it stands in bundles`() throws {
        let complaints = ConfigFile.complaints(
            ConfigFile.text(#""bundle_urls": {"project": {\#(Self.source), "root": "/opt/p"}}"#))
        #expect(complaints.contains { $0.contains(#"only an entry of "bundles" has "root""#) }, "\(complaints)")
        let config = try ConfigFile.load(#""bundles": {\#(Self.bundle("project", "/opt/p"))}"#)
        #expect(config.bundles(for: .x86_64).map(\.root) == ["/opt/p"])
    }
}
