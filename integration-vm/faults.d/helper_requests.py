"""Requests for the helper, as an attacker would write them: from a seed, so that the same seed gives the same ones."""

import json

USER = "ops"
# Folders of the attacker's own, in which links are turned around all the time; see helper_fuzz.py.
RACE = ["/srv/race", "/opt/race", "/var/cache/race", "/home/ops/race"]
UNITS = [f"own{n}.{kind}" for n in range(6) for kind in ("service", "timer", "socket", "path", "mount")]
OTHERS = ["dbus.service", "debug-shell.service", "systemd-logind.service", "systemd-journald.service", "multi-user.target", "-.mount",
          "user@0.service", "foreign.service", "getty@tty1.service", "systemd-tmpfiles-setup.service"]
ODD = ["", ".", "..", "../x", "/", "//", "\0", "a\0b", "a\nb", "a\rb", "a b", "-x", "--help", "+x", "é", "e\u0301", "/\u0301",
       "\u2028", "\u202e", "\ufeff", "😀", "%n", "$HOME", "`id`", ";id", "*", "x" * 300, "x/" * 3000, "\\x2f", "..\\", "%2e%2e"]
PLACES = ["/etc/systemd/system", "/etc/cron.d", "/etc/sudoers.d", "/etc/host-bootstrap", "/etc/foreign", "/etc/own", "/etc/logrotate.d",
          "/etc", "/root", "/usr/local/bin", "/usr/local/libexec/host-bootstrap", "/proc/self/root/etc", "/proc/1/cwd", "/dev", "/sys",
          "/run", "/run/systemd/system", "/tmp", "/var/lib", "/var/lib/dpkg", "/srv", "/srv/another", "/opt", "/mnt", "/media", "/boot",
          "/var/lib/images", "/images", "/home/ops", "/home/another", "/etc/systemd/system/dbus.service.d",
          "/etc/systemd/system/own0.service.d", "/lib/systemd/system", "/btrfs"] + [f"{place}/turned" for place in RACE] + RACE
NAMES = ["x", "x.env", "own.env", "theirs.env", ".env", "x.img", "own.img", "x.conf", "turned", "turned/x", "passwd", "shadow", "data",
         "x.service", "theirs"] + UNITS[:5]
OWNERS = [USER] * 12 + ["root", "another", "daemon", "0", "1000", "", "ops:root", "ops\n", " ops", "OPS", "ops\0", "-1", "nobody"]
LINES = ["User=root", "User=", "User=0", "DynamicUser=no", "Group=root", "Group=disk", "ExecStartPre=+/bin/touch /root/owned-pre", "ExecStart=!/bin/touch /root/owned-not",
         "ExecStart=@+/bin/touch x /root/owned-at", "ExecStopPost=-+/bin/touch /root/owned-post", "ExecReload=!!/bin/touch /root/owned-re",
         "EnvironmentFile=/etc/shadow", "EnvironmentFile=-/home/ops/x.env", "StandardOutput=append:/etc/cron.d/owned",
         "StandardOutput=truncate:/etc/passwd", "StandardError=file:/root/owned-err", "PIDFile=/etc/passwd", "RootDirectory=/home/ops",
         "BindPaths=/etc/shadow:/home/ops/shadow", "LoadCredential=x:/etc/shadow", "StateDirectory=../../etc", "RuntimeDirectory=/etc",
         "LogsDirectory=dpkg", "ConfigurationDirectory=ssh", "AmbientCapabilities=CAP_SYS_ADMIN", "PermissionsStartOnly=yes",
         "PAMName=login", "OnFailure=debug-shell.service", "Conflicts=dbus.service", "Wants=debug-shell.service", "SupplementaryGroups=root",
         "Alias=dbus.service", "WantedBy=dbus.service", "WantedBy=multi-user.target", "Also=ssh.service", "[Unit]", "[Service]", "[Socket]", "[Install]",
         "[Mount]", "[service]", "[Service", "User=ops", "user=root", "User =root", " User=root", "User=ops\\", "#\\", "; \\", "\\",
         "ExecStart=/bin/sh -c 'touch /root/owned-%n'", "ListenStream=/etc/owned.sock", "ListenFIFO=/etc/owned", "Symlinks=/etc/owned",
         "What=/dev/vda", "What=/home/ops/race/turned/x.img", "Where=/etc", "Type=ext4", "Options=suid,dev", "Unit=debug-shell.service",
         "Service=dbus.service", "ExecSearchPath=/home/ops", "Slice=../x", "ReadWritePaths=/", "TTYPath=/dev/sda", "JoinsNamespaceOf=dbus.service",
         "\ufeff[Service]", "\u2028User=root", "User=ops\rUser=root", "User=ops\0User=root", "X-Any=thing", "Nice=-20", "Type=notify"]
BODIES = {
    "service": ["[Service]", "User=ops", "ExecStart=/bin/sh -c 'touch /root/owned-start; sleep 1'"],
    "timer": ["[Timer]", "OnActiveSec=1s"],
    "path": ["[Path]", "PathExists=/etc/passwd"],
    "socket": ["[Socket]", "ListenStream=/run/own.sock"],
    "mount": ["[Mount]", "What=/var/lib/images/own.img", "Where=/own0", "Type=btrfs", "Options=loop,nodev,nosuid"],
}
SETTINGS = ["net.core.somaxconn", "net/ipv4/ip_forward", "kernel.core_pattern", "kernel.modprobe", "kernel/core_pattern",
            "net/../kernel/core_pattern", "net..core", "fs.suid_dumpable", "net.core.no_such", "-net.core.somaxconn", "net.*"]
ACCOUNTS = [USER, "root", "fuzzed", "daemon"]
GROUPS = ["sudo", "root", "disk", "docker", USER, "fuzzed"]
HOST_SETTINGS = ["none", "fuzzed", "UTC", "../../etc/passwd", "C.UTF-8", "fuzzed\n1.2.3.4 deb.debian.org", "en_GB.UTF-8 UTF-8\n*", "/etc/shadow"]
SETTINGS_FILES = [f"/etc/sysctl.d/60-host-bootstrap-{name}.conf" for name in (USER, "another", "", "x/../y")] + ["/etc/sysctl.d/99.conf"]
HOST_FILES = ["/etc/sysctl.d/90-own.conf", "/etc/modprobe.d/own.conf", "/etc/logrotate.d/own", "/usr/local/bin/own", "/etc/tmpfiles.d/own.conf",
              "/etc/sysctl.d/../passwd", "/usr/local/sbin/own", "/etc/sudoers.d/own"]
URIS = ["file:///home/ops/deb", "https://deb.debian.org/debian", "http://x/ [trusted=yes]", "file:///x\nTrusted: yes", "cdrom:/x"]
DEVICES = ["/dev/null", "/dev/loop-control", "/dev/shm/x", "/dev/../etc/passwd", "/dev/disk/by-id/none"]
PUBLIC_KEY = [0x98, 3, 4, 0, 0]
PACKAGES = ["jq", "jq:amd64", "jq=1.6", "bash+", "sudo-", "-oDPkg::Pre-Invoke::=touch /root/owned-apt", "./x.deb", "/home/ops/x.deb", "jq/sid",
            "jq\n", "", "*", "^.*", "jq=", "a=-o", "jq=1+", "g++", "libc6:", "jq=1 sudo-"]
DIGESTS = ["", "00", "0" * 64, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "x" * 64]
NUMBERS = [0, 1, -1, 5, 200, 4096, 2 ** 31, 2 ** 32, 2 ** 63, -2 ** 63, 2 ** 64, 1.5, 1e308, "1", None, True]
MODES = [0o644] * 6 + [0o600, 0o640, 0o755, 0o700, 0o777, 0o4755, 0o2755, 0o1777, 0o666] + NUMBERS


class Requests:
    """One line after the other."""

    def __init__(self, random):
        self.random = random
        self.number = 0

    def path(self):
        pick = self.random.choice
        path = f"{pick(PLACES)}/{pick(NAMES)}"
        kind = self.random.random()
        if kind < 0.15:
            parts = path.split("/")
            parts.insert(self.random.randrange(len(parts) + 1), pick(ODD))
            path = "/".join(parts)
        elif kind < 0.2:
            path = pick(ODD)
        return path

    def unit(self):
        kind = self.random.random()
        if kind < 0.7:
            return self.random.choice(UNITS)
        return self.random.choice(OTHERS) if kind < 0.9 else self.random.choice(ODD) + self.random.choice([".service", ""])

    def text(self, unit):
        """A unit's text, good but for what was put in; or no text at all."""
        kind = self.random.random()
        if kind < 0.08:
            return [self.random.randrange(256) for _ in range(self.random.randrange(200))]
        own = BODIES.get(unit.rpartition(".")[2], BODIES["service"])
        lines = ["[Unit]", "Description=x", *own, "[Install]", "WantedBy=multi-user.target"]
        for _ in range(self.random.choice([0, 0, 1, 1, 1, 2, 4])):
            line = self.random.choice(LINES)
            if self.random.random() < 0.3:
                lines[self.random.randrange(len(lines))] = line
            else:
                lines.insert(self.random.randrange(len(lines) + 1), line)
        return list((self.random.choice(["\n"] * 9 + ["\r\n"]).join(lines) + "\n").encode("utf-8", "surrogatepass"))

    def settings(self):
        """A file of kernel settings, as the program writes it, with whatever in it."""
        line = f"{self.random.choice(SETTINGS + ODD)} = {self.random.choice(['1', '|/root/x', '1 2'] + ODD)}"
        head = '# Of host-bootstrap\'s "sysctl"; the next run undoes what is changed here.'
        return list(f"{head}\n{line}\n".encode("utf-8", "surrogatepass"))

    def account(self):
        """A user, a group, or what a user has."""
        pick = self.random.choice
        name = {"_0": pick(ACCOUNTS + ODD)}
        return pick([{"user": name}, {"group": name}, {"linger": name}, {"member": name | {"of": pick(GROUPS + ODD)}},
                     {"subordinates": name | {"_1": {"start": pick([0, 1, 100000]), "count": 65536}, "_2": pick(["subuid", "subgid"])}}])

    def request(self):
        pick, unit, path = self.random.choice, self.unit(), self.path()
        mode, owner, digest, seconds = pick(MODES), pick(OWNERS), pick(DIGESTS), pick([0, 1, -1, 2 ** 40])
        race = f"{pick(RACE)}/turned/{pick(['x', 'x.img', 'y/z', ''])}"
        packages = [pick(PACKAGES) for _ in range(self.random.randrange(3))]
        return pick([
            lambda: {"replaceFile": {"path": f"/etc/systemd/system/{unit}", "content": self.text(unit), "mode": 0o644, "owner": "root"}},
            lambda: {"replaceFile": {"path": f"/etc/systemd/system/{unit}", "content": self.text(unit), "mode": mode, "owner": owner}},
            lambda: {"replaceFile": {"path": f"/etc/systemd/system/{unit}.d/x.conf", "content": self.text(unit), "mode": 0o644, "owner": "root"}},
            lambda: {"removeFile": {"path": f"/etc/systemd/system/{unit}.d/x.conf", "digest": digest}},
            lambda: {"replaceFile": {"path": path, "content": list(b"A=1\n"), "mode": mode, "owner": owner}},
            lambda: {"makeFolder": {"path": pick([path, race]), "mode": pick(MODES), "owner": owner}},
            lambda: {"removeData": {"path": pick([path, race]), "owner": owner}},
            lambda: {"removeFile": {"path": path, "digest": digest}},
            lambda: {"removeFolder": {"path": pick([path, race])}},
            lambda: {"createImage": {"path": pick([path, race]), "bytes": pick([120 << 20, 0] + NUMBERS), "label": pick(["x", "own"] + ODD)}},
            lambda: {"growImage": {"path": pick([path, race]), "bytes": pick(NUMBERS), "label": pick(["x", "own"]), "mountPoint": pick(PLACES)}},
            lambda: {"removeImage": {"path": pick([path, race]), "label": pick(["x", "own"] + ODD)}},
            lambda: {"createSubvolumes": {"mountPoint": pick(PLACES), "names": [pick(NAMES + ODD)], "owner": owner}},
            lambda: {"enableQuotas": {"mountPoint": pick(PLACES)}},
            lambda: {"prepareDisk": {"_0": {"candidates": [pick(DEVICES + [path, race])], "fileSystem": pick(["ext4", "btrfs", "xfs", "zfs"]),
                                            "formatsBlank": True, "mountPoint": pick(PLACES)}}},
            lambda: {"settleDisk": {"mountPoint": pick(PLACES + ["/"]), "fileSystem": "btrfs", "uuid": pick(ODD + ["x"]), "owner": owner}},
            lambda: {"setKernelSettings": {"_0": {pick(SETTINGS + ODD): pick(["1", "|/root/x", "1\n2", ""] + ODD)}}},
            lambda: {"replaceFile": {"path": pick(SETTINGS_FILES), "content": self.settings(), "mode": 0o644, "owner": pick(["root", owner])}},
            lambda: {"removeFile": {"path": pick(SETTINGS_FILES), "digest": digest}},
            lambda: {"setHostSetting": {"_0": pick(["hostname", "timezone", "locale"] + ODD), "_1": pick(HOST_SETTINGS + ODD)}},
            lambda: {pick(["makeAccount", "removeAccount"]): {"_0": self.account(), "user": pick([None, {"name": pick(ACCOUNTS + ODD), "isSystem": True, "hasSubordinates": False}])}},
            lambda: {"setUserAttribute": {"_0": pick(["home", "shell"]), "user": pick(ACCOUNTS + ODD), "value": pick(PLACES + ODD)}},
            lambda: {"setFileCapabilities": {"path": pick([path, race, "/usr/bin/python3", "/home/ops/x"] + ODD), "capabilities": pick(["none", "cap_net_bind_service=ep", "cap_setuid=ep", "0x" + "01" * 20] + ODD), "owner": owner}},
            lambda: {"putFile": {"_0": {"path": pick(HOST_FILES + [path]), "content": list(b"x\n"), "mode": pick(MODES), "owner": pick(["root", owner]), "group": pick([None, "root"] + ODD)}}},
            lambda: {"makeSwapFile": {"bytes": pick([1 << 20, 2 << 20, 0, -1, 4097, 1 << 60])}},
            lambda: {"removeSwapFile": {}},
            lambda: {"reloadUnits": {}},
            lambda: {"enableUnit": {"_0": unit}},
            lambda: {"disableUnit": {"_0": unit}},
            lambda: {"startUnit": {"_0": unit}},
            lambda: {"restartUnit": {"_0": unit}},
            lambda: {"stopUnit": {"_0": unit}},
            lambda: {"journal": {"_0": unit, "lines": pick(NUMBERS)}},
            lambda: {"maskUnit": {"_0": unit, "keepingFile": pick([True, False])}},
            lambda: {"unmaskUnit": {"_0": unit, "restoringFile": pick([True, False])}},
            lambda: {"removeUnit": {"_0": unit, "digest": digest}},
            lambda: {"setDropInAside": {"_0": unit, "path": pick([path, f"/etc/systemd/system/{unit}.d/x.conf"])}},
            lambda: {"installPackages": {"_0": packages, "lockTimeoutSeconds": seconds}},
            lambda: {"installPackageFiles": {"_0": {"files": [{"path": pick([path, race, "/home/ops/x.deb"] + ODD), "sha256": digest}], "displacing": packages}, "lockTimeoutSeconds": seconds}},
            lambda: {"purgePackages": {"_0": packages, "lockTimeoutSeconds": seconds}},
            lambda: {"removePackages": {"_0": packages, "along": [pick(PACKAGES) for _ in range(self.random.randrange(2))], "lockTimeoutSeconds": seconds}},
            lambda: {"updatePackageLists": {"lockTimeoutSeconds": seconds}},
            lambda: {"repairPackages": {"lockTimeoutSeconds": seconds}},
            lambda: {"clearPartialLists": {}},
            lambda: {"selectPackages": {"_0": packages, "_1": pick(["hold", "install"] + ODD)}},
            lambda: {"putAptSource": {"_0": {"source": {"name": pick(["own", "../own", "debian"] + ODD), "uris": [pick(URIS + ODD)], "suites": [pick(["./", "sid"] + ODD)],
                                                        "components": pick([[], ["main"], ODD])}, "key": pick([PUBLIC_KEY, [], [0x94, 3, 4, 0, 0]])}, "lockTimeoutSeconds": seconds}},
            lambda: {"removeFile": {"path": pick(["/etc/apt/sources.list.d/own.sources", "/etc/apt/sources.list.d/debian.sources"]), "digest": digest}},
            lambda: {"startDetachedRun": pick([{}, {}, {"_0": path, "user": owner, "program": path}])},
        ])()

    def line(self):
        """The next line, and the number of the request in it, 0 if it is none that must be answered."""
        self.number += 1
        kind = self.random.random()
        if kind < 0.01:
            return json.dumps({"cancel": {"id": self.random.randrange(self.number + 1)}}).encode(), 0
        if kind < 0.015:
            proxy = {"http": self.random.choice(["http://127.0.0.1:1", "file:///etc", "http://x\nhttp_proxy=y", "-o"] + ODD)}
            return json.dumps({"proxies": {"_0": proxy}}).encode(), 0
        whole = json.dumps({"request": {"id": self.number, "_1": self.request()}},
                           ensure_ascii=self.random.random() < 0.5).encode("utf-8", "surrogatepass")
        return (self.damaged(whole), 0) if kind < 0.06 else (whole, self.number)

    def damaged(self, line):
        """No request any more, or another one: cut, turned over, repeated, nested, or far too long."""
        at = self.random.randrange(len(line))
        kind = self.random.randrange(8)
        if kind == 0:
            return line[:at]
        if kind == 1:
            return line[:at] + bytes([self.random.randrange(256)]) + line[at + 1:]
        if kind == 2:
            return line[:at] + line[self.random.randrange(len(line)):]
        if kind == 3:
            return line.replace(b'{"id"', b'{"id":1,"id"', 1)
        if kind == 4:
            return line.replace(b'"_1":{', b'"_1":{"rootShell":{},', 1)
        if kind == 5:
            return b"[" * self.random.randrange(20000) + line
        if kind == 6:
            return line + b" " * self.random.randrange(1 << 20)
        return line.replace(b"0", b"9" * self.random.randrange(400), 1)
