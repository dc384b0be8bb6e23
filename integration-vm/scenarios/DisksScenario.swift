import Platform
import Testing

/// Disks for data, for which loop devices stand: made, found again, grown, let go; and what is never touched.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct DisksScenario {
    private static let unit = "/etc/systemd/system/mnt-data.mount"

    private func disks(_ candidates: String, _ more: String = "") throws -> String {
        try Site.bareConfig(
            "disks",
            #"""
            "disks": [{"name": "data", "candidates": [\#(candidates)], "wait_seconds": 0, "mount_point": "/mnt/data"\#(more)}]
            """#)
    }

    /// A host's file as a loop device; its path.
    private func attach(_ file: String, megabytes: Int, _ host: TestHost) async throws -> String {
        try await host.shell("truncate -s \(megabytes)M \(file) && losetup --find --show \(file)").check().output
            .split(separator: "\n").first.map(String.init) ?? ""
    }

    private func expectRefusal(_ words: String, _ config: String, _ host: TestHost) async throws {
        let run = try await host.agent("apply", "--json", config: config)
        #expect(run.exitCode == 1 && run.result.errors.contains(words), "\(run.result.errors)")
    }

    @Test func `a blank disk is formatted once, mounted, grown, let go with its data, and taken again as it is`()
        async throws
    {
        try await TestHost.with("disks", .init()) { host in
            let device = try await attach("/disk.raw", megabytes: 300, host)
            let config = try disks("\"/dev/disk/by-id/none\", \"\(device)\"")
            let plan = try await host.agent("plan", config: config)
            #expect(plan.exitCode == 7, "\(plan.result.errors)")
            #expect(plan.result.output.contains("FORMATTED as ext4 if root finds it blank: the WHOLE DISK"))
            #expect(try await host.shell("blkid -p \(device)").exitCode == 2)
            let run = try await host.agent("apply", "--json", config: config)
            #expect(run.exitCode == 0 && run.changed.contains("disk-data"), "\(run.result.errors)")
            let uuid = try await host.shell("blkid -s UUID -o value \(device)").check().output
            #expect(
                try await host.shell("findmnt -no SOURCE,FSTYPE /mnt/data; stat -c %U /mnt/data").output
                    .contains("\(device) ext4\nops"))
            #expect(try await host.agent("apply", "--json", config: config).changed.isEmpty)
            #expect(try await host.agent("plan", config: config).exitCode == 0)
            try await host.shell("echo kept >/mnt/data/file && systemctl restart mnt-data.mount").check()
            #expect(try await host.shell("cat /mnt/data/file").output == "kept\n")
            try await expectGrowth(device, config, host)
            try await expectRepair(config, host)
            try await expectAnother(device, host)
            try await expectDeparture(device, config, host)
            #expect(try await host.shell("blkid -s UUID -o value \(device)").output == uuid)
            try await host.shell("losetup --detach-all; rm -f /disk.raw /other.raw").check()
        }
    }

    private func expectGrowth(_ device: String, _ config: String, _ host: TestHost) async throws {
        // ext4 wants CAP_SYS_RESOURCE for that (EXT4_IOC_RESIZE_FS), which not every machine gives its containers.
        let capability = "test $((0x$(grep CapEff /proc/self/status | cut -f 2) >> 24 & 1)) = 1"
        guard try await host.shell(capability).succeeded else { return }
        let look = "df --output=size -BM /mnt/data | tail -n 1 | tr -d ' M'"
        let before = Int(try await host.shell(look).output.filter(\.isNumber)) ?? 0
        try await host.shell("truncate -s 600M /disk.raw && losetup -c \(device)").check()
        #expect(try await host.agent("plan", config: config).result.output.contains("/mnt/data size"))
        let run = try await host.agent("apply", "--json", config: config)
        #expect(run.exitCode == 0 && run.changed.contains("disk-data"), "\(run.result.errors)")
        let after = Int(try await host.shell(look).output.filter(\.isNumber)) ?? 0
        #expect(before > 200 && after > before + 200, "\(before) \(after)")
        #expect(try await host.agent("apply", "--json", config: config).changed.isEmpty)
    }

    private func expectRepair(_ config: String, _ host: TestHost) async throws {
        try await host.shell("umount /mnt/data; rm \(Self.unit); systemctl daemon-reload").check()
        let run = try await host.agent("apply", "--json", config: config)
        #expect(run.exitCode == 0 && run.changed.contains("disk-data"), "\(run.result.errors)")
        #expect(try await host.shell("cat /mnt/data/file").output == "kept\n")
    }

    /// In its place another, blank: it is told, and stays blank.
    private func expectAnother(_ device: String, _ host: TestHost) async throws {
        let other = try await attach("/other.raw", megabytes: 300, host)
        try await host.shell("umount /mnt/data").check()
        try await expectRefusal("the disk that this host had", try disks("\"\(other)\""), host)
        #expect(try await host.shell("blkid -p \(other)").exitCode == 2)
        // It is found by what it is, wherever it is named.
        let run = try await host.agent("apply", "--json", config: try disks("\"\(other)\", \"\(device)\""))
        #expect(run.exitCode == 0, "\(run.result.errors)")
        #expect(try await host.shell("cat /mnt/data/file; blkid -p \(other)").output == "kept\n")
    }

    private func expectDeparture(_ device: String, _ config: String, _ host: TestHost) async throws {
        let without = try Site.bareConfig("disks", #""parallel": true"#)
        let run = try await host.agent("apply", "--json", config: without)
        #expect(run.exitCode == 0, "\(run.result.errors)")
        #expect(run.events.contains { $0.message?.contains("the disk data, which left the config, is kept") == true })
        #expect(try await host.shell("findmnt /mnt/data; ls -d /mnt/data \(Self.unit) 2>/dev/null").output == "")
        let again = try await host.agent("apply", "--json", config: config)
        #expect(again.exitCode == 0, "\(again.result.errors)")
        #expect(try await host.shell("cat /mnt/data/file").output == "kept\n")
        let gone = try await host.run(Site.agentInHost, "uninstall", user: TestHost.user)
        #expect(gone.exitCode == 0 && gone.output.contains("a disk is never erased"), "\(gone.output)\(gone.errors)")
        #expect(try await host.shell("findmnt /mnt/data; ls -d /mnt/data \(Self.unit) 2>/dev/null").output == "")
        #expect(try await host.shell("ls /home/ops/cocalc-host/bootstrap/state.json").exitCode != 0)
        // Without a receipt, too, what has the file system that is asked for is taken as it is.
        let anew = try await host.agent("apply", "--json", config: config)
        #expect(anew.exitCode == 0, "\(anew.result.errors)")
        #expect(try await host.shell("cat /mnt/data/file; umount /mnt/data").output == "kept\n")
    }

    @Test func `a disk that holds something is told, and left as it is to the last byte`() async throws {
        try await TestHost.with("foreign", .init()) { host in
            for (make, words) in [
                ("mkfs.ext2 -q -F", "holds ext2"), ("mkswap -q", "holds swap"),
                ("printf data | dd status=none conv=notrunc bs=1 seek=5000 of=", "data of a kind that nobody knows"),
                ("printf 'label: gpt\\n' | sfdisk -q", "a partition table (gpt)"),
            ] {
                let device = try await attach("/foreign.raw", megabytes: 64, host)
                try await host.shell(make.hasSuffix("=") ? "\(make)\(device)" : "\(make) \(device)").check()
                let before = try await host.shell("sync; sha256sum \(device)").output
                try await expectRefusal(words, try disks("\"\(device)\""), host)
                #expect(try await host.shell("sha256sum \(device); blockdev --flushbufs \(device)").output == before)
                try await host.shell("losetup -d \(device); rm /foreign.raw").check()
            }
            let device = try await attach("/foreign.raw", megabytes: 64, host)
            try await expectRefusal(
                "\"format\" is \"never\"", try disks("\"\(device)\"", #", "format": "never""#), host)
            #expect(try await host.shell("blkid -p \(device)").exitCode == 2)
            try await host.shell("mkfs.ext4 -q \(device) && mkdir /x && mount \(device) /x && echo a >/x/a").check()
            try await expectRefusal("is mounted at /x", try disks("\"\(device)\""), host)
            #expect(try await host.shell("cat /x/a; umount /x; losetup -d \(device); rm /foreign.raw").output == "a\n")
            try await expectRefusal("no disk is there and free", try disks("\"/dev/disk/by-label/none\""), host)
        }
    }

    /// No udev runs in a container: what it would note of a disk is put there by hand.
    private func note(_ kind: String, _ uuid: String, _ device: String, _ host: TestHost) async throws {
        try await host.shell(
            """
            mkdir -p /run/udev/data /dev/disk/by-uuid; touch /run/udev/control; ln -sf \(device) /dev/disk/by-uuid/\(uuid)
            printf 'E:ID_FS_TYPE=\(kind)\nE:ID_FS_UUID=\(uuid)\n' >/run/udev/data/b$(cat /sys/block/\(Files.name(of: device))/dev)
            """
        ).check()
    }

    @Test func `what udev knows of a disk is told before the run, and the disk mounted by its link`() async throws {
        try await TestHost.with("udev", .init()) { host in
            let device = try await attach("/known.raw", megabytes: 64, host)
            let config = try disks("\"\(device)\"")
            try await host.shell("mkfs.ext2 -q -F \(device)").check()
            try await note("ext2", "00000000-0000-4000-8000-000000000001", device, host)
            let refused = try await host.agent("plan", config: config)
            #expect(refused.exitCode != 7 && "\(refused.result)".contains("holds ext2"), "\(refused.result)")
            let uuid = "00000000-0000-4000-8000-000000000002"
            try await host.shell("mkfs.ext4 -q -F -U \(uuid) \(device)").check()
            try await note("ext4", uuid, device, host)
            let plan = try await host.agent("plan", config: config)
            #expect(plan.exitCode == 7 && plan.result.output.contains("the ext4 on \(device), as it is"))
            #expect(!plan.result.output.contains("FORMATTED"), "\(plan.result.output)")
            #expect(try await host.agent("apply", "--json", config: config).exitCode == 0)
            #expect(try await host.shell("grep What= \(Self.unit)").output == "What=/dev/disk/by-uuid/\(uuid)\n")
            try await host.shell("systemctl restart mnt-data.mount && findmnt /mnt/data").check()
            #expect(try await host.agent("apply", "--json", config: config).changed.isEmpty)
            // Another disk where it is mounted is no disk of this host's.
            let other = try await attach("/other.raw", megabytes: 64, host)
            try await host.shell("mkfs.ext4 -q -F \(other); umount /mnt/data; mount \(other) /mnt/data").check()
            #expect(try await host.agent("plan", config: config).exitCode == 7)
            try await expectRefusal("shows what is: sudo umount /mnt/data, and run again", config, host)
            try await host.shell("umount /mnt/data; losetup -d \(device) \(other)").check()
        }
    }

    @Test func `xfs is made, filled and grown as ext4 is, and its tools may come with the packages`() async throws {
        try await TestHost.with("xfs-disk", .init()) { host in
            let device = try await attach("/xfs.raw", megabytes: 400, host)
            let disk = #"[{"name": "x", "candidates": ["\#(device)"], "filesystem": "xfs", "mount_point": "/srv/x"}]"#
            let config = try Site.bareConfig("xfs-disk", #""apt_packages": ["xfsprogs"], "disks": \#(disk)"#)
            let early = try await host.agent("apply", "--json", "--skip", "apt-packages", config: config)
            #expect(early.exitCode == 1 && early.result.errors.contains("xfsprogs"), "\(early.result.errors)")
            let run = try await host.agent("apply", "--json", config: config)
            #expect(run.exitCode == 0, "\(run.result.errors)")
            try await host.shell("truncate -s 800M /xfs.raw; losetup -c \(device)").check()
            #expect(try await host.agent("apply", "--json", config: config).changed.contains("disk-x"))
            let size = try await host.shell("df --output=size -BM /srv/x | tail -n 1 | tr -cd 0-9").output
            #expect((Int(size) ?? 0) > 700, "\(size)")
            #expect(try await host.agent("apply", "--json", config: config).changed.isEmpty)
            try await host.shell("umount /srv/x; losetup -d \(device)").check()
        }
    }

    private static let plain = #""btrfs_image_target_gb": 1, "apt_packages": ["btrfs-progs"]"#

    @Test func `the btrfs lies on a disk that is there, and in an image where none was`() async throws {
        try await TestHost.with("btrfs-disk", .init()) { host in
            let device = try await attach("/fast.raw", megabytes: 400, host)
            let config = try Site.bareConfig(
                "btrfs-disk",
                #"""
                \#(Self.plain), "btrfs": {"disk": "fast"},
                "disks": [{"name": "fast", "candidates": ["\#(device)"], "wait_seconds": 0, "filesystem": "btrfs"}]
                """#)
            let run = try await host.agent("apply", "--json", config: config)
            #expect(run.exitCode == 0 && run.changed.contains("btrfs-image"), "\(run.result.errors)")
            let look = "findmnt -no SOURCE,FSTYPE /btrfs; stat -c '%i %U' /btrfs/projects; ls /var/lib/host-bootstrap"
            #expect(try await host.shell(look).output == "\(device) btrfs\n256 ops\n")
            #expect(try await host.agent("apply", "--json", config: config).changed.isEmpty)
            #expect(try await host.agent("plan", config: config).exitCode == 0)
            try await host.shell("echo kept >/btrfs/projects/file; truncate -s 800M /fast.raw; losetup -c \(device)")
                .check()
            #expect(try await host.agent("apply", "--json", config: config).changed.contains("btrfs-image"))
            #expect(try await host.shell("df --output=size -BM /btrfs | tail -n 1").output.contains("800M"))
            // Neither goes in the other's place by itself.
            let without = try Site.bareConfig("btrfs-disk", Self.plain)
            try await expectRefusal("it is never moved by itself", without, host)
            try await host.shell("umount /btrfs; losetup -d \(device)").check()
            try await expectRefusal("the disk that this host had", config, host)
            #expect(try await host.shell("ls /var/lib/host-bootstrap").output == "")
        }
    }

    @Test func `an image that was made first stays, and leaves the room that is reserved`() async throws {
        try await TestHost.with("btrfs-image", .init()) { host in
            func config(_ device: String, _ more: String = "") throws -> String {
                try Site.bareConfig(
                    "btrfs-image",
                    #"""
                    \#(Self.plain), "btrfs": {"disk": "fast"\#(more)},
                    "disks": [{"name": "fast", "candidates": ["\#(device)"], "wait_seconds": 1, "filesystem": "btrfs"}]
                    """#)
            }
            let automatic = try Site.bareConfig("btrfs-image", #""btrfs_image_target_gb": "auto""#)
            #expect(try await host.agent("plan", config: automatic).exitCode == 7)
            let greedy = try config("/dev/disk/by-id/none", #", "reserve_gb": 65536"#)
            let plan = try await host.agent("plan", config: greedy)
            #expect(plan.exitCode != 0 && "\(plan.result)".contains("reserve_gb"), "\(plan.result)")
            #expect(try await host.agent("apply", "--json", config: greedy).exitCode == 4)
            let run = try await host.agent("apply", "--json", config: try config("/dev/disk/by-id/none"))
            #expect(run.exitCode == 0, "\(run.result.errors)")
            #expect(run.events.contains { $0.message?.contains("waiting up to 1 s") == true })
            let device = try await attach("/late.raw", megabytes: 400, host)
            let late = try await host.agent("apply", "--json", config: try config(device))
            #expect(late.exitCode == 0 && !late.changed.contains("btrfs-image"), "\(late.result.errors)")
            #expect(try await host.shell("blkid -p \(device)").exitCode == 2)
            #expect(
                try await host.shell("findmnt -no SOURCE /btrfs; ls /var/lib/host-bootstrap").output.contains(
                    "btrfs.img"))
            try await host.shell("losetup -d \(device)").check()
        }
    }
}
