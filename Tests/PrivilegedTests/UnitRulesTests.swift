@testable import Platform
@testable import Privileged
import Systemd
import Testing

/// What may be written for a bootstrap user who has no other way to root.
@Suite struct UnitRulesTests {
    private static let caller = Account(name: "ops", user: 1000, group: 1000, home: "/home/ops")

    private func violation(_ text: String, unit: String = "x.service") throws -> String? {
        let known = KnownUnits(policy: HelperPolicy(units: ["named.service"]), folder: "/nowhere")
        let rules = UnitRules(unit: try UnitName(unit), caller: Self.caller, known: known)
        return try rules.violation(text).map { "\($0.line): \($0.words)" }
    }

    private func service(_ lines: String...) -> String {
        (["[Service]", "User=ops", "ExecStart=/bin/true"] + lines).joined(separator: "\n") + "\n"
    }

    @Test(arguments: [
        """
        [Unit]
        Description=Project host
        After=network.target
        Wants=network-online.target named.service
        ConditionPathExists=/home/ops

        [Service]
        User=ops
        Group=ops
        # A comment.
        EnvironmentFile=-/etc/cocalc/project-host.env
        ExecStartPre=-@/bin/sh sh -c true
        ExecStart=/home/ops/bin/node "a b" %n
        Restart=on-failure
        StandardOutput=journal
        NoNewPrivileges=yes
        ProtectSystem=strict
        MemoryMax=1G
        RuntimeDirectory=x
        AmbientCapabilities=CAP_NET_BIND_SERVICE

        [Install]
        WantedBy=multi-user.target
        """,
        "[Service]\nDynamicUser=yes\nExecStart=/bin/true\n", "[Service]\nUser=1000\nExecStart=/bin/true\n",
    ])
    func `what a user's service usually says is allowed`(text: String) throws {
        #expect(try violation(text) == nil)
    }

    @Test(arguments: [
        (
            "x.socket",
            "[Socket]\nListenStream=127.0.0.1:80\nListenStream=/run/x.sock\nAccept=no\n[Install]\nWantedBy=sockets.target\n"
        ),
        ("x.timer", "[Timer]\nOnCalendar=daily\nUnit=x.timer\nPersistent=true\n[Install]\nWantedBy=timers.target\n"),
        ("x.path", "[Path]\nPathChanged=/home/ops/x\n"),
        (
            "btrfs.mount",
            "[Mount]\nWhat=/var/lib/host-bootstrap.img\nWhere=/btrfs\nType=btrfs\nOptions=loop,noatime,nodev,nosuid,X-mount.mkdir\n"
        ),
    ])
    func `so is what starts it, and the mount of an image`(unit: String, text: String) throws {
        #expect(try violation(text, unit: unit) == nil)
    }

    @Test(arguments: [
        "ExecStartPre=+/bin/sh", "ExecStart=-+/bin/sh", "ExecStart=!/bin/sh", "ExecReload=@!!/bin/sh", "User=root",
        "User=0", "User=", "User=daemon", "Group=root", "Group=disk", "SupplementaryGroups=docker",
        "OnFailure=ssh.service",
        "EnvironmentFile=/etc/shadow", "EnvironmentFile=/home/ops/x.env", "EnvironmentFile=/etc/default/x.env",
        "EnvironmentFile=/etc/cocalc/*.env", "StandardOutput=file:/etc/passwd", "StandardError=append:/root/x",
        "StandardInput=file:/etc/shadow", "PIDFile=/etc/x.pid", "PIDFile=/run/../etc/x", "StateDirectory=dpkg",
        "StateDirectory=../x", "StateDirectory=x y", "AmbientCapabilities=CAP_SYS_ADMIN", "BindPaths=/etc",
        "LoadCredential=a:/etc/shadow", "RootDirectory=/", "RootImage=/x", "Slice=system.slice", "Delegate=yes",
        "PermissionsStartOnly=yes", "PAMName=login", "TTYPath=/dev/tty1", "BusName=org.x", "Sockets=ssh.socket",
        "NoSuchSetting=1", "[Mount]", "[Servic\u{301}e]", "ExecStop=+/bin/sh", "no setting", "Environment=A=1\\",
    ])
    func `what would make root act for the user is not`(line: String) throws {
        #expect(
            try violation(service(line))?.hasPrefix("4: ") == true || violation(service(line))?.hasPrefix("1: ") == true
        )
    }

    @Test(arguments: [
        "[Unit]\nConflicts=ssh.service\n", "[Unit]\nRequires=debug-shell.service\n",
        "[Unit]\nOnFailure=reboot.target\n",
        "[Unit]\nBindsTo=ssh.service\n", "[Unit]\nWants=rescue.target\n", "[Unit]\nFailureAction=reboot\n",
        "[Install]\nAlias=ssh.service\n", "[Install]\nAlso=ssh.service\n", "[Install]\nWantedBy=ssh.service\n",
        "[Unit]\nJobTimeoutAction=poweroff-force\n", "[Unit]\nX\0=1\n", "[Unit]\nDescription=a\u{0B}b\n",
    ])
    func `no unit reaches for another`(text: String) throws {
        #expect(try violation(service() + text) != nil)
    }

    @Test(arguments: [
        ("x.service", ""), ("x.service", "[Service]\nExecStart=/bin/true\n"),
        ("x.service", "[Service]\nUser=ops\nUser=\nExecStart=/bin/true\n"),
        ("x.service", "[Service]\nDynamicUser=yes\nDynamicUser=no\nExecStart=/bin/true\n"),
        ("x.socket", "[Socket]\nListenStream=/etc/x\n"), ("x.socket", "[Socket]\nListenFIFO=/run/x\n"),
        ("x.socket", "[Socket]\nService=ssh.service\n"), ("x.socket", "[Socket]\nExecStartPre=/bin/sh\n"),
        ("x.timer", "[Timer]\nUnit=reboot.target\n"), ("x.path", "[Path]\nMakeDirectory=yes\n"),
        ("x.path", "[Path]\nUnit=ssh.service\n"),
        ("btrfs.mount", "[Mount]\nWhat=/var/lib/a.img\nWhere=/b\nType=btrfs\n"),
        ("x.mount", "[Mount]\nWhat=/dev/sda\nWhere=/b\nType=btrfs\nOptions=nodev,nosuid\n"),
        ("x.mount", "[Mount]\nWhat=/var/lib/a.img\nWhere=/etc\nType=btrfs\nOptions=nodev,nosuid\n"),
        ("x.mount", "[Mount]\nWhat=/var/lib/a.img\nWhere=/usr/local\nType=btrfs\nOptions=nodev,nosuid\n"),
        ("x.mount", "[Mount]\nWhat=/var/lib/a.img\nWhere=/b\nType=btrfs\nOptions=loop\n"),
        ("x.mount", "[Mount]\nWhat=/var/lib/a.img\nWhere=/b\nType=ext4\nOptions=nodev,nosuid\n"),
        ("x.target", "[Unit]\nDescription=x\nOnFailure=other.service\n"),
        ("x.slice", "[Slice]\nMemoryMax=1G\n[Service]\nExecStart=/bin/true\n"),
    ])
    func `what is missing or leads elsewhere is refused in units of each kind`(unit: String, text: String) throws {
        #expect(try violation(text, unit: unit) != nil)
    }

    @Test func `a unit is this program's once it was claimed, and never one that is there already`() throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/units-")
        defer { try? Folders.removeTree(folder) }
        let known = KnownUnits(
            policy: HelperPolicy(units: ["named.service"], rootUnits: ["roots.service"]), folder: folder)
        let name = try UnitName("x-\(UInt32.random(in: 0 ... .max)).service")
        #expect(throws: PrivilegedError.self) { try known.check(name) }
        try known.claim(name)
        try known.check(name)
        try known.forget(name)
        #expect(throws: PrivilegedError.self) { try known.check(name) }
        for named in ["named.service", "roots.service"] { try known.check(UnitName(named)) }
        // One that systemd itself brings.
        for other in ["systemd-journald.service", "getty@tty1.service", "user@0.service"] {
            #expect(throws: PrivilegedError.self, "\(other)") { try known.claim(UnitName(other)) }
        }
    }

    @Test(arguments: ["{", "[]", "{\"units\": 1}", "{\"units\": [], \"root_units\": []}"])
    func `a policy that others may write, or that is none, is not believed`(text: String) throws {
        let path = "/tmp/policy-\(UInt32.random(in: 0 ... .max)).json"
        defer { try? Files.remove(path) }
        #expect(try HelperPolicy.read(path) == HelperPolicy())
        try Files.replace(path, with: Array(text.utf8), mode: 0o666)
        #expect(throws: PrivilegedError.self) { try HelperPolicy.read(path) }
        try Files.setMode(path, 0o644)
        if text.hasSuffix("[]}") {
            #expect(try HelperPolicy.read(path) == HelperPolicy())
        } else {
            #expect(throws: PrivilegedError.self) { try HelperPolicy.read(path) }
        }
        try Files.setOwner(path, user: 65534, group: 65534)
        #expect(throws: PrivilegedError.self) { try HelperPolicy.read(path) }
    }
}
