import Platform
import Testing

/// A bootstrap user who is not root's equal: the helper is the only way, and does nothing that another is touched by.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct RootDoorScenario {
    private static let door = "/usr/local/libexec/host-bootstrap/host-bootstrap"

    @Test func `a host is provisioned through the closed door alone, and what an attacker asks for there is refused`()
        async throws
    {
        try await Site.run("add", "door", "1.0.0")
        let config = try await Site.config("door", changes: ["hub="])
        try await TestHost.with("door", .init()) { host in
            try await host.shell("rm /etc/sudoers.d/*ops*; cat /etc/sudoers.d/* | grep -v '^#' >/dev/null || true")
                .check()
            let without = try await host.agent("apply", config: config)
            #expect(without.exitCode == 4 && without.result.errors.contains("install-helper --user ops"))
            try await expectStubInstalls(host)
            try await expectInstalledByRootOnly(host)
            #expect(try await host.shell("sudo -n true", user: "ops").exitCode != 0)
            let run = try await host.agent("apply", "--json", config: config)
            #expect(run.exitCode == 0, "\(run.result.errors)")
            let status = try await host.shell("\(Site.agentInHost) status", user: "ops")
            #expect(
                status.output.contains("\nrights    root by \(Self.door), and by nothing else\n"), "\(status.output)")
            #expect(try await host.agent("apply", "--json", config: config).changed.isEmpty)
            try await expectAttacksAreRefused(host)
            try await expectRootUnitsNeedRoot(host, config)
            try await expectSignedVersionsOnly(host)
            try await expectUninstallAndRemoval(host)
        }
    }

    /// Run by root, as cloud-init does, the stub makes the way for a user who has no other; never for another program than
    /// the one whose digest it was given, however fast that user changes the file.
    private func expectStubInstalls(_ host: TestHost) async throws {
        try await host.push("\(Site.checkout)/stub/bootstrap.sh", "/root/stub.sh")
        let prepare = """
            install -d -o ops -g ops /home/ops/stub/bin; cd /home/ops/stub/bin
            cp \(Site.agentInHost) good; printf '#!/bin/sh\\ntouch /root/owned-by-stub\\n' >evil; chmod 755 good evil
            chown -R ops: /home/ops/stub
            """
        try await host.shell(prepare).check()
        let run = """
            sum=$(sha256sum <\(Site.agentInHost) | cut -d' ' -f1)
            stub() { BOOTSTRAP_USER=ops BOOTSTRAP_ROOT=/home/ops/stub BOOTSTRAP_CONFIG=/nowhere.json \\
                BOOTSTRAP_BINARY_URL=file://\(Site.agentInHost) BOOTSTRAP_BINARY_SHA256=$sum sh /root/stub.sh; }
            """
        let turning = """
            runuser -u ops -- sh -c 'cd ~/stub/bin; while :; do ln -f evil x; mv -f x host-bootstrap; ln -f good x
                mv -f x host-bootstrap; done' 2>/dev/null &
            turner=$!; n=0; while [ $n -lt 15 ]; do stub >/dev/null 2>&1; n=$((n + 1))
                [ ! -e \(Self.door) ] || sha256sum <\(Self.door) | grep -q $sum || echo escaped; done
            kill $turner; ls /root/owned-by-stub 2>/dev/null; rm -f /home/ops/stub/bin/*
            """
        let raced = try await host.shell("\(run)\n\(turning)")
        #expect(raced.output == "", "\(raced.output)\(raced.errors)")
        try await host.shell("rm -rf /usr/local/libexec/host-bootstrap /etc/host-bootstrap /etc/sudoers.d/90-host*")
            .check()
        let whole = try await host.shell("\(run)\nstub")
        #expect(whole.errors.contains("ops may run \(Self.door)") || whole.output.contains("ops may run \(Self.door)"))
        #expect(try await host.shell("sudo -n \(Self.door) privileged-helper </dev/null", user: "ops").exitCode == 0)
        #expect(try await host.shell("ls /usr/local/libexec/host-bootstrap").output == "host-bootstrap\n")
        try await host.shell("\(Site.agentInHost) install-helper --user ops --remove; rm -rf /home/ops/stub").check()
    }

    /// What the bootstrap user brings in the helper's place is taken when root's key has signed it, and not otherwise.
    private func expectSignedVersionsOnly(_ host: TestHost) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/door-keys-")
        defer { try? Folders.removeTree(folder) }
        let agent = "\(Site.distribution)/host-bootstrap-\(OperatingSystem.machine)"
        let sign = """
            set -e; cd \(folder); { cat \(agent); printf x; } >new
            comment="$(\(agent) --version | sed -n 1p), \(OperatingSystem.machine)"
            for key in ours theirs; do minisign -GWp $key.pub -s $key.key >/dev/null
                minisign -Ss $key.key -m new -x $key.minisig -t "$comment" >/dev/null; done; sed -n 2p ours.pub
            """
        let key = try await Subprocess.run(Command("/bin/sh", ["-c", sign]), timeout: .seconds(60)).check().output
        for name in ["new", "ours.minisig", "theirs.minisig"] {
            try await host.push("\(folder)/\(name)", "/home/ops/\(name)")
        }
        try await host.shell("chmod 755 /home/ops/new; : >/home/ops/none.minisig").check()
        let bring = { (signature: String) in
            try await host.shell("/home/ops/new install-helper --signature /home/ops/\(signature).minisig", user: "ops")
        }
        // Until root has named a key, nobody's is good.
        for signature in ["none", "theirs", "ours"] {
            let refused = try await bring(signature)
            #expect(refused.exitCode == 1 && refused.errors.contains("refused: "), "\(signature): \(refused.errors)")
        }
        try await host.shell("\(Site.agentInHost) install-helper --user ops --key \(key)").check()
        for signature in ["none", "theirs"] {
            let refused = try await bring(signature)
            #expect(refused.exitCode == 1 && refused.errors.contains("refused: "), "\(signature): \(refused.errors)")
        }
        #expect(try await host.shell("cmp \(Self.door) \(Site.agentInHost)").exitCode == 0)
        let taken = try await bring("ours")
        #expect(taken.exitCode == 0 && taken.output.contains("is this version now"), "\(taken.output)\(taken.errors)")
        #expect(
            try await host.shell("cmp \(Self.door) /home/ops/new; stat -c '%U %a' \(Self.door)").output == "root 755\n")
        // And it is the helper from then on, as the one before it was.
        #expect(try await ask(host, #"{"stopUnit":{"_0":"dbus.service"}}"#).contains("not made by this program"))
        try await host.shell("\(Site.agentInHost) install-helper --user ops").check()
    }

    private func expectInstalledByRootOnly(_ host: TestHost) async throws {
        let refused = try await host.shell("\(Site.agentInHost) install-helper", user: "ops")
        #expect(refused.exitCode == 1 && refused.errors.contains("only root may make it"), "\(refused.errors)")
        let bad = try await host.shell("\(Site.agentInHost) install-helper --user root")
        #expect(bad.exitCode == 1 && bad.errors.contains("no sudoers line"), "\(bad.errors)")
        let made = try await host.shell("\(Site.agentInHost) install-helper --user ops")
        #expect(made.output == "ops may run \(Self.door) privileged-helper as root\n", "\(made.errors)")
        let look =
            "stat -c '%U %a' \(Self.door) /etc/sudoers.d/90-host-bootstrap-ops /etc/host-bootstrap/policy.json; visudo -c -q; echo $?"
        #expect(try await host.shell(look).output == "root 755\nroot 440\nroot 644\n0\n")
    }

    /// What a person who has the bootstrap user's account would try, in the helper's own words.
    private func expectAttacksAreRefused(_ host: TestHost) async throws {
        let evil = "[Service]\\nExecStart=/bin/sh -c 'touch /root/owned'\\n"
        let file = { (path: String, content: String, owner: String) in
            let bytes = content.utf8.map { "\($0)" }.joined(separator: ",")
            return #"{"replaceFile":{"path":"\#(path)","content":[\#(bytes)],"mode":420,"owner":"\#(owner)"}}"#
        }
        let foreign = "mkdir -p /etc/foreign; echo A=1 >/etc/foreign/theirs.env; install -d -o daemon /home/another"
        try await host.shell(foreign).check()
        let text = evil.replacingBytes("\\n", with: "\n")
        let units = "/etc/systemd/system", preload = "[Service]\nEnvironment=LD_PRELOAD=/home/ops/x.so\n"
        for (request, words) in [
            (file("/etc/systemd/system/evil.service", text, "root"), "User= is missing"),
            (
                file("/etc/systemd/system/dbus.service", "[Service]\nUser=ops\nExecStart=/bin/true\n", "root"),
                "somebody else"
            ),
            (file("/etc/systemd/system/project-host.service", text, "root"), "User= is missing"),
            (file("\(units)/dbus.service.d/x.conf", preload, "root"), "not made by this program"),
            (file("\(units)/systemd-.service.d/x.conf", preload, "root"), "would be root's"),
            (file("\(units)/service.d/x.conf", preload, "root"), "would be root's"),
            (file("\(units)/project-host.service.d/x.conf", "[Service]\nUser=\n", "root"), "it would run as root"),
            (#"{"removeFile":{"path":"\#(units)/dbus.service.d/x.conf","digest":"00"}}"#, "not made by this program"),
            (#"{"enableUnit":{"_0":"debug-shell.service"}}"#, "not made by this program"),
            (#"{"disableUnit":{"_0":"dbus.service"}}"#, "not made by this program"),
            (file("/etc/logrotate.d/x.env", "x", "ops"), "is not ops's"),
            (file("/etc/host-bootstrap/x.env", "x", "ops"), "is not ops's"),
            (file("/etc/x/y.env", "x", "daemon"), "would be daemon's"),
            (file("/etc/foreign/y.env", "LD_PRELOAD=/home/ops/x.so", "ops"), "/etc/foreign/theirs.env is not ops's"),
            (file("/etc/foreign/theirs.env", "LD_PRELOAD=/home/ops/x.so", "ops"), "is not ops's"),
            (#"{"removeFile":{"path":"/etc/foreign/theirs.env","digest":"00"}}"#, "is not ops's"),
            (#"{"removeFolder":{"path":"/home/another"}}"#, "is not ops's"),
            (#"{"purgePackages":{"_0":["sudo"],"lockTimeoutSeconds":5}}"#, "root's to take away"),
            (#"{"stopUnit":{"_0":"dbus.service"}}"#, "not made by this program"),
            (#"{"startUnit":{"_0":"debug-shell.service"}}"#, "not made by this program"),
            (#"{"maskUnit":{"_0":"systemd-journald.service","keepingFile":false}}"#, "not made by this program"),
            (#"{"journal":{"_0":"dbus.service","lines":9}}"#, "not made by this program"),
            (#"{"makeFolder":{"path":"/srv/x","mode":493,"owner":"root"}}"#, "would be root's"),
            (#"{"installPackages":{"_0":["bash+"],"lockTimeoutSeconds":5}}"#, "no package of that name"),
            (
                #"{"prepareDisk":{"_0":{"candidates":["/dev/loop0"],"fileSystem":"ext4","formatsBlank":true,"mountPoint":"/x"}}}"#,
                "whole disks are root's"
            ),
            (
                #"{"settleDisk":{"mountPoint":"/","fileSystem":"ext4","uuid":"x","owner":"ops"}}"#,
                "whole disks are root's"
            ),
            (#"{"createImage":{"path":"/home/ops/x.img","bytes":1000,"label":"x"}}"#, "others than root may change"),
        ] {
            let answer = try await ask(host, request)
            #expect(answer.contains("refused: ") && answer.contains(words), "\(request.prefix(60)): \(answer)")
        }
        #expect(try await host.shell("ls /root/owned /etc/logrotate.d/x.env").output == "")
        // A drop-in that was taken stays with the unit it was taken for.
        let dropIn = "\(units)/project-host.service.d/x.conf"
        #expect(try await ask(host, file(dropIn, "[Service]\nNice=1\n", "root")).contains("done"))
        for request in [
            #"{"removeUnit":{"_0":"project-host.service","digest":"00"}}"#,
            #"{"maskUnit":{"_0":"project-host.service","keepingFile":false}}"#,
        ] {
            let answer = try await ask(host, request)
            #expect(answer.contains("its drop-ins would stay"), "\(answer)")
        }
        try await host.shell("rm -r \(Files.folder(of: dropIn)); systemctl daemon-reload").check()
        // Nothing but the one argument is run, and the program itself is root's.
        for command in ["\(Self.door) status", "\(Self.door)", "\(Self.door) privileged-helper x", "sh", "-u#-1 id"] {
            #expect(try await host.shell("sudo -n \(command) </dev/null", user: "ops").exitCode != 0, "\(command)")
        }
        #expect(try await host.shell("echo x >\(Self.door)", user: "ops").exitCode != 0)
    }

    private func ask(_ host: TestHost, _ request: String) async throws -> String {
        let line = #"{"request":{"id":1,"_1":\#(request)}}"#.replacingBytes("'", with: "'\\''")
        let command = "(printf '%s\\n' '\(line)'; sleep 2) | sudo -n \(Self.door) privileged-helper"
        return try await host.shell(command, user: "ops").output
    }

    private func expectRootUnitsNeedRoot(_ host: TestHost, _ config: String) async throws {
        let unit = #"{"unit":"side.service","content":"[Service]\nExecStart=/bin/sleep infinity\n"}"#
        let more = try await Site.config("door", changes: ["hub=", "services.1=\(unit)"])
        let run = try await host.agent("apply", config: more)
        #expect(run.exitCode == 1 && run.result.errors.contains("it would run as root"), "\(run.result.errors)")
        #expect(run.result.errors.contains("install-helper --root-unit 'side.service'"))
        #expect(try await host.shell("ls /etc/systemd/system/side.service").exitCode != 0)
        try await host.shell("\(Site.agentInHost) install-helper --user ops --root-unit side.service").check()
        let trusted = try await host.agent("apply", config: more)
        #expect(trusted.exitCode == 0, "\(trusted.result.errors)")
        #expect(try await host.shell("systemctl is-active side").output == "active\n")
        // Masked, it stays this program's, and comes back.
        let mask = try await Site.config(
            "door", changes: ["hub=", #"services.1={"unit":"side.service","masked":true}"#])
        for (wanted, found) in [(mask, "/dev/null\ninactive\n"), (more, "active\n")] {
            let run = try await host.agent("apply", config: wanted)
            #expect(run.exitCode == 0, "\(run.result.errors)")
            let look = "readlink /etc/systemd/system/side.service; systemctl is-active side"
            #expect(try await host.shell(look).output == found)
        }
        #expect(try await host.agent("apply", config: config).exitCode == 0)
        #expect(try await host.shell("systemctl is-active side").output == "inactive\n")
        // Another version is not spoken to, and who can mend it is told how.
        try await host.shell("printf x >>\(Self.door)").check()
        let other = try await host.agent("apply", config: config)
        #expect(other.exitCode == 4 && other.result.errors.contains("is of another version"), "\(other.result.errors)")
        try await host.shell("\(Site.agentInHost) install-helper --user ops").check()
    }

    private func expectUninstallAndRemoval(_ host: TestHost) async throws {
        let gone = try await host.shell("\(Site.agentInHost) uninstall --purge-data", user: "ops")
        #expect(gone.exitCode == 0, "\(gone.output)\(gone.errors)")
        #expect(gone.output.contains("kept package jq"))
        #expect(try await host.shell("ls /etc/host-bootstrap/units").output == "")
        try await host.shell("\(Site.agentInHost) install-helper --user ops --remove").check()
        let places = "/usr/local/libexec/host-bootstrap /etc/host-bootstrap /etc/sudoers.d/90-host-bootstrap-ops"
        #expect(try await host.shell("ls -d \(places)").output == "")
    }
}
