import HostConfig
import Platform
import Testing

@Suite struct DiskSettingsTests {
    @Test func `a disk is a name, where it may be, and where it is mounted`() throws {
        let disks = try ConfigFile.load(
            #"""
            "disks": [{"name": "data", "candidates": ["/dev/disk/by-id/a:b", "/dev/nvme1n1"], "mount_point": "/mnt/data"},
              {"name": "old", "candidates": ["/dev/sdb"], "wait_seconds": 0, "filesystem": "xfs", "mount_point": "/srv/old",
               "format": "never"}]
            """#
        ).disks
        #expect(disks.map(\.name) == ["data", "old"])
        #expect(disks[0].candidates == ["/dev/disk/by-id/a:b", "/dev/nvme1n1"] && disks[0].wait == .seconds(30))
        #expect(disks[0].fileSystem == .ext4 && disks[0].format == .blank && disks[0].mountPoint == "/mnt/data")
        #expect(disks[1].wait == .zero && disks[1].fileSystem == .xfs && disks[1].format == .never)
    }

    @Test func `the btrfs may lie on one, which then has no place of its own`() throws {
        let config = try ConfigFile.load(
            #"""
            "btrfs_image_target_gb": 2, "btrfs": {"disk": "data", "reserve_gb": 5},
            "disks": [{"name": "data", "candidates": ["/dev/sdb"], "filesystem": "btrfs"}]
            """#)
        #expect(config.btrfs?.disk == "data" && config.btrfs?.reserveGB == 5 && config.disks[0].mountPoint == nil)
    }

    @Test(arguments: [
        (#"{"name": "a", "candidates": []}"#, "disks[0].candidates: expected 1 or more paths of devices, found none"),
        (#"{"name": "a", "candidates": ["sdb"]}"#, "disks[0].candidates[0]: expected a device's path beneath /dev"),
        (#"{"name": "a", "candidates": ["/dev"]}"#, "disks[0].candidates[0]: expected a device's path beneath /dev"),
        (#"{"name": "a", "candidates": ["/etc/x"]}"#, "disks[0].candidates[0]: expected a device's path beneath /dev"),
        (#"{"name": "a", "candidates": ["/dev/shm/x"]}"#, "expected a device's path beneath /dev"),
        (#"{"name": "a", "candidates": ["/dev/../etc/x"]}"#, "expected a device's path beneath /dev"),
        (#"{"name": "a", "candidates": ["/dev/b", "/dev/b"]}"#, "disks[0].candidates[1]: \"/dev/b\" is listed twice"),
        (#"{"name": "a", "candidates": ["/dev/b"], "wait_seconds": 601}"#, "disks[0].wait_seconds: expected"),
        (#"{"name": "a", "candidates": ["/dev/b"], "filesystem": "zfs"}"#, "disks[0].filesystem: expected one of"),
        (#"{"name": "a", "candidates": ["/dev/b"], "format": "always"}"#, "disks[0].format: expected one of"),
        (#"{"name": "a", "candidates": ["/dev/b"], "mount_point": "/usr"}"#, "\"/usr\" belongs to the system"),
        (#"{"name": "a"}"#, "disks[0]: missing field \"candidates\""),
        (
            #"{"name": "a", "candidates": ["/dev/b"]}"#,
            "a has no \"mount_point\", and no \"disk\" in \"btrfs\" names it"
        ),
        (
            #"{"name": "a", "candidates": ["/dev/b"], "mount_point": "/home/ada"}"#,
            "the mount point \"/home/ada\" would hide \"bootstrap_root\""
        ),
        (
            #"{"name": "a", "candidates": ["/dev/b"], "mount_point": "/x"}, {"name": "a", "candidates": ["/dev/c"], "mount_point": "/y"}"#,
            "disks[1]: \"a\" is listed twice"
        ),
        (
            #"{"name": "a", "candidates": ["/dev/b"], "mount_point": "/x"}, {"name": "c", "candidates": ["/dev/d"], "mount_point": "/x"}"#,
            "disks[1]: another disk is mounted on \"/x\""
        ),
        (
            #"{"name": "a", "candidates": ["/dev/b"], "mount_point": "/x"}, {"name": "c", "candidates": ["/dev/d"], "mount_point": "/x/y"}"#,
            "\"/x/y\" lies beneath \"/x\", where a disk is mounted, too"
        ),
    ])
    func `each mistake has its own words and place`(disks: String, words: String) {
        let complaints = ConfigFile.complaints(ConfigFile.text("\"disks\": [\(disks)]"))
        #expect(complaints.contains { $0.contains(words) }, "\(complaints)")
    }

    @Test(arguments: [
        (#""disk": "b""#, #""filesystem": "btrfs""#, #""disk" names "b", and "disks" has none of that name"#),
        (#""disk": "a""#, #""filesystem": "ext4""#, "the disk a is to hold ext4, and not btrfs"),
        (#""disk": "a""#, #""filesystem": "btrfs", "mount_point": "/x""#, #"the disk a has another "mount_point""#),
        (#""quotas": true"#, #""mount_point": "/btrfs""#, #"the btrfs is mounted on "/btrfs", too"#),
        (#""reserve_gb": -1"#, #""mount_point": "/x""#, "btrfs.reserve_gb: expected a whole number from 0 to 65536"),
    ])
    func `a btrfs and its disk agree`(btrfs: String, disk: String, words: String) {
        let text = """
            "btrfs_image_target_gb": 1, "btrfs": {\(btrfs)}, "disks": [{"name": "a", "candidates": ["/dev/b"], \(disk)}]
            """
        let complaints = ConfigFile.complaints(ConfigFile.text(text))
        #expect(complaints.contains { $0.contains(words) }, "\(complaints)")
    }
}
