/// The table of ``DiagnosticTests``; the complaint starts at the line's number.
extension Mistake {
    static let values = [
        Mistake(
            #""schema_version": 2"#,
            "2:19: error: schema_version: expected 1, the one version that this program reads, found 2"),
        Mistake(
            #""schema_version": "1""#,
            "2:19: error: schema_version: expected 1, a version of the schema, found a string"),
        Mistake(#""parallel": "true""#, "2:13: error: parallel: expected true or false, found a string"),
        Mistake(#""parallel": null"#, "2:13: error: parallel: expected true or false, found null"),
        Mistake(
            #""step_timeout_seconds": 0"#,
            "2:25: error: step_timeout_seconds: expected a whole number from 1 to 86400, found 0"),
        Mistake(
            #""step_timeout_seconds": 1.5"#,
            "2:25: error: step_timeout_seconds: expected a whole number from 1 to 86400, found 1.5"),
        Mistake(
            #""step_timeout_seconds": 1e400"#,
            "2:25: error: step_timeout_seconds: expected a whole number from 1 to 86400, found 1e400"),
        Mistake(
            #""step_timeout_seconds": true"#,
            "2:25: error: step_timeout_seconds: expected a whole number from 1 to 86400, found true"),
        Mistake(#""timeouts": {"Apt": 5}"#, #"2:14: error: timeouts: expected a step's id in kebab case, found "Apt""#),
        Mistake(
            #""timeouts": {"apt": []}"#,
            "2:21: error: timeouts.apt: expected a whole number from 1 to 86400, found an array"),
        Mistake(
            #""apt": {"lock_timeout": 5}"#,
            #"2:9: error: apt: unknown field "lock_timeout"; did you mean "lock_timeout_seconds"?"#),
        Mistake(
            #""btrfs_image_target_gb": "big""#,
            #"2:26: error: btrfs_image_target_gb: expected a whole number of GiB or "auto", found "big""#),
        Mistake(
            #""btrfs_image_target_gb": 65537"#,
            "2:26: error: btrfs_image_target_gb: expected a whole number from 1 to 65536, found 65537"),
        Mistake(
            #""minimum_free_disk_gb": -1"#,
            "2:25: error: minimum_free_disk_gb: expected a whole number from 0 to 1048576, found -1"),
        Mistake(
            #""os_release": []"#,
            #"2:15: error: os_release: expected 1 or more systems such as "ubuntu-24.04+", found none"#),
        Mistake(
            #""parallel": true, "parallel": false"#, #"2:19: error: duplicate field "parallel", first given on line 2"#),
        Mistake(
            #""environment": {"A": "", "A": ""}"#,
            #"2:26: error: environment: duplicate field "A", first given on line 2"#),
        Mistake(#""environment": {"A": "x\ny"}"#, "2:22: error: environment.A: expected one line of text"),
        Mistake(#""environment": {"A": "x\u0000"}"#, "2:22: error: environment.A: a NUL character is not allowed"),
        Mistake(
            #""environment": {"A": {}}"#,
            #"2:22: error: environment.A: expected exactly one of "file", "environment", "credential" and "hub""#),
        Mistake(
            #""bundle_urls": {"project": {"url": "https://h/p", "verification": "none", "authorization": {}}}"#,
            #"2:92: error: bundle_urls.project.authorization: expected exactly one of "file", "environment", "credential" and "hub""#
        ),
        Mistake(
            #""environment": {"A": {"credential": "../token"}}"#,
            #"2:37: error: environment.A.credential: expected a credential's name (letters, digits, "_", "." or "-")"#),
        Mistake(
            #""requirements": {"timeout_seconds": 0}"#,
            "2:37: error: requirements.timeout_seconds: expected a whole number from 1 to 86400, found 0"),
        Mistake(
            #""requirements": {"folder": "/etc/x"}"#,
            #"2:28: error: requirements.folder: "/etc/x" belongs to the system"#),
        Mistake(
            #""client_certificate": "own.pem""#,
            #"2:23: error: client_certificate: expected an absolute path without ".", ".." and needless slashes, found "own.pem""#
        ),
    ]

    static let names = [
        Mistake(#""host_name": "a_b""#, #"2:14: error: host_name: expected a host name by RFC 1123, found "a_b""#),
        Mistake(#""arch": "i386""#, #"2:9: error: arch: expected "x86_64" or "aarch64", found "i386""#),
        Mistake(
            #""os_release": "debian""#,
            #"2:15: error: os_release: expected a system such as "debian-12" or "ubuntu-24.04+", found "debian""#),
        Mistake(
            #""node_version": "20.18""#,
            #"2:17: error: node_version: expected a version such as "20.18.0", or a major one such as "20", found "20.18""#
        ),
        Mistake(
            #""node_version": "20.08.0""#,
            #"2:17: error: node_version: expected a version such as "20.18.0", or a major one such as "20", found "20.08.0""#
        ),
        Mistake(
            #""apt_packages": ["git", "-o"]"#,
            #"2:25: error: apt_packages[1]: expected a package as NAME, NAME:ARCHITECTURE or NAME=VERSION, found "-o""#),
        Mistake(
            #""environment": {"1A": ""}"#,
            "2:17: error: environment: expected a variable's name (a letter or _, then letters, digits or _)"),
        Mistake(
            #""services": [{"unit": "x", "masked": true}]"#,
            #"2:23: error: services[0].unit: expected a unit's name that ends in ".service", ".socket", ".timer", ".path", ".mount", ".target" or ".slice", found "x""#
        ),
        Mistake(
            #""bundle_checksums": {"project": "abc"}, "bundle_urls": {"project": "https://h/p"}"#,
            #"2:33: error: bundle_checksums.project: expected 64 (SHA-256) or 128 (SHA-512) hexadecimal digits, found "abc""#
        ),
        Mistake(
            #""bundle_urls": {"project": {"url": "https://h/p", "verification": "none", "version": "current"}}"#,
            #"2:86: error: bundle_urls.project.version: expected a version (a letter or digit, then letters, digits, ".", "_", "+" or "-"), and not "current", found "current""#
        ),
        Mistake(
            #""bundle_urls": {"project": {"url": "https://h/p", "verification": "maybe"}}, "bundle_checksums": {"project": "\#(digest)"}"#,
            #"2:67: error: bundle_urls.project.verification: expected one of "required", "sidecar", "none", found "maybe""#
        ),
        Mistake(
            #""btrfs_image_target_gb": 1, "btrfs": {"label": "a/b"}"#,
            #"2:48: error: btrfs.label: expected a label of 1 to 255 bytes without slashes and line breaks, found "a/b""#
        ),
        Mistake(
            #""btrfs_image_target_gb": 1, "btrfs": {"subvolumes": ["../x"]}"#,
            #"2:54: error: btrfs.subvolumes[0]: expected a plain name (a letter, digit or _, then letters, digits, ".", "_" or "-"), found "../x""#
        ),
        Mistake(
            #""ssh_tunnel": {"host": "-oProxyCommand=x", "user": "u", "identity_file": "/k", "local_forwards": ["1:h:2"]}"#,
            #"2:24: error: ssh_tunnel.host: expected a host name or address, found "-oProxyCommand=x""#),
        Mistake(
            #""ssh_tunnel": {"host": "h", "user": "u", "identity_file": "/k", "local_forwards": ["1:2"]}"#,
            #"2:84: error: ssh_tunnel.local_forwards[0]: expected [BIND:]PORT:HOST:PORT, found "1:2""#),
    ]

    static let addresses = [
        Mistake(
            #""conat_urls": ["ws://example.com/"]"#,
            "2:16: error: conat_urls[0]: expected a URL with wss: or https:, or ws: or http: to a loopback address"),
        Mistake(
            #""conat_urls": ["example.com"]"#,
            "2:16: error: conat_urls[0]: expected a complete URL: scheme, host and path, and no fragment"),
        Mistake(
            #""hub": {"url": "file:///x", "token": "t"}"#,
            "2:16: error: hub.url: expected a URL with https:, or http: to a loopback address"),
        Mistake(
            #""node_version": "20.18.0", "node": {"mirror_url": "file:///a/../b"}"#,
            #"2:51: error: node.mirror_url: expected a path without ".", ".." and needless slashes after "file://""#),
        Mistake(
            #""bundle_urls": {"tools": {"amd64": "https://h/t"}}"#,
            #"2:27: error: bundle_urls.tools: unknown field "amd64""#),
        Mistake(
            #""bundle_urls": {"project": 7}"#,
            "2:28: error: bundle_urls.project: expected a URL or an object with one, found a number"),
    ]

    static let paths = [
        Mistake(
            #""ca_file": "certs.pem""#,
            #"2:12: error: ca_file: expected an absolute path without ".", ".." and needless slashes, found "certs.pem""#
        ),
        Mistake(
            #""ca_file": "/a/../b""#,
            #"2:12: error: ca_file: expected an absolute path without ".", ".." and needless slashes, found "/a/../b""#),
        Mistake(
            #""ca_file": "/""#,
            #"2:12: error: ca_file: expected an absolute path without ".", ".." and needless slashes, found "/""#),
        Mistake(
            #""bootstrap_dir": "/home/ada/other""#,
            #"2:18: error: bootstrap_dir: not beneath "bootstrap_root", "/home/ada/cocalc-host""#),
        Mistake(
            #""bootstrap_dir": "/home/ada/cocalc-host/logs/x""#,
            #"2:18: error: bootstrap_dir: "/home/ada/cocalc-host/logs" holds other things"#),
        Mistake(
            #""environment_file": "/etc/passwd""#,
            #"2:21: error: environment_file: expected a path beneath /etc that ends in ".env", found "/etc/passwd""#),
        Mistake(
            #""btrfs_image_target_gb": 1, "btrfs": {"mount_point": "/usr/x"}"#,
            #"2:54: error: btrfs.mount_point: "/usr/x" belongs to the system"#),
        Mistake(
            #""services": [{"unit": "a.service", "bundle": "project", "path": "../a"}], "bundle_urls": {"project": "https://h/p"}, "bundle_checksums": {"project": "\#(digest)"}"#,
            #"2:65: error: services[0].path: expected a relative path without ".", ".." and needless slashes, found "../a""#
        ),
    ]

    static let contradictions = [
        Mistake(
            #""services": [{"unit": "a.service", "bundle": "project", "path": "a"}], "bundle_urls": {"project": {"url": "https://h/p", "verification": "sidecar"}}"#,
            #"2:46: error: services[0].bundle: root starts units, and whoever publishes "project" could change this one: give it a digest in "checksum" or "bundle_checksums", or a "signature""#
        ),
        Mistake(
            #""services": [{"unit": "a.service", "bundle": "project", "path": "a"}], "bundle_urls": {"project": {"url": "https://h/p", "verification": "none"}}"#,
            #"2:46: error: services[0].bundle: root starts units, and whoever publishes "project" could change this one: give it a digest in "checksum" or "bundle_checksums", or a "signature""#
        ),
        Mistake(
            #""requirements": {"folder": "/home/ada/cocalc-host/bundles/data"}"#,
            #"2:17: error: requirements: "folder", "/home/ada/cocalc-host/bundles/data", lies in "/home/ada/cocalc-host/bundles", which is the agent's own"#
        ),
        Mistake(
            #""btrfs_image_target_gb": 1, "btrfs": {"mount_point": "/home/ada/cocalc-host/logs"}"#,
            #"2:38: error: btrfs: "mount_point", "/home/ada/cocalc-host/logs", lies in "/home/ada/cocalc-host/logs", which is the agent's own"#
        ),
        Mistake(
            #""data": [{"name": "a", "path": "/home/ada/cocalc-host/bootstrap/x", "url": "https://h/x", "files": ["f"]}]"#,
            #"2:9: error: data: the folder of a, "/home/ada/cocalc-host/bootstrap/x", lies in "/home/ada/cocalc-host/bootstrap", which is the agent's own"#
        ),
        Mistake(
            #""data": [{"name": "a", "path": "/srv/a/b", "url": "https://h/x", "files": ["f"]}, {"name": "b", "path": "/srv/a", "url": "https://h/x", "files": ["f"]}]"#,
            "2:9: error: data: the folder of a lies in that of b, which is filled as a whole"),
        Mistake(
            #""data": [{"name": "a", "path": "/srv/a", "url": "https://h/x", "files": ["../f"]}]"#,
            #"2:74: error: data[0].files[0]: expected a file's name (a letter, digit or _, then letters, digits, ".", "_", "+" or "-"), no path, found "../f""#
        ),
        Mistake(
            #""data": [{"name": "a", "path": "/srv/a", "url": "https://h/x", "files": []}]"#,
            "2:73: error: data[0].files: expected 1 or more names of files, found none"),
        Mistake(
            #""data": [{"name": "a", "path": "/srv/a", "url": "https://h/x", "files": ["f"], "checksum": "\#(digest)", "checksum_url": "https://h/s"}]"#,
            #"2:176: error: data[0].checksum_url: nothing is compared with it: there is a "checksum""#),
        Mistake(
            #""bundle_urls": {"project": "https://h/p"}"#,
            #"2:28: error: bundle_urls.project: there is no checksum for it in "bundle_checksums", and "verification" is "required""#
        ),
        Mistake(
            #""bundle_checksums": {"project": "\#(digest)"}"#,
            #"2:33: error: bundle_checksums.project: "bundle_urls" has no such bundle"#),
        Mistake(
            #""bundle_checksums": {"tools": {"x86_64": "\#(digest)"}}"#,
            #"2:42: error: bundle_checksums.tools.x86_64: "bundle_urls" has no such bundle"#),
        Mistake(
            #""bundle_checksums": {"project": "\#(digest)"}, "bundle_urls": {"project": {"url": "https://h/p", "verification": "none"}}"#,
            #"2:33: error: bundle_checksums.project: "verification" is "none" for this bundle; leave one of the two out"#
        ),
        Mistake(
            #""arch": "aarch64", "bundle_urls": {"tools": {}}"#,
            #"2:45: error: bundle_urls.tools: there is none for "aarch64", the config's "arch""#),
        Mistake(
            #""bundle_urls": {"project": {"url": "https://h/p", "manifest_url": "https://h/m", "verification": "none"}}"#,
            #"2:67: error: bundle_urls.project.manifest_url: there is a "url" too; leave one of the two out"#),
        Mistake(
            #""bundle_urls": {"project": {"manifest_url": "https://h/m", "mirrors": ["https://g/p"], "verification": "sidecar"}}"#,
            #"2:71: error: bundle_urls.project.mirrors: mirrors are of a "url", and there is none"#),
        Mistake(
            #""trust": {"expires": "2027-02-30T00:00:00Z"}"#,
            #"2:22: error: trust.expires: expected a time such as "2027-03-01T12:00:00Z", found "2027-02-30T00:00:00Z""#
        ),
        Mistake(
            #""trust": {"threshold": 1}"#,
            #"2:24: error: trust.threshold: there are 0 different "keys" beside it"#),
        Mistake(
            #""trust": {"serial": 0}"#,
            "2:21: error: trust.serial: expected a whole number from 1 to 9007199254740992, found 0"),
        Mistake(
            #""bundle_urls": {"project": {"manifest_url": "https://h/m", "size": 5, "verification": "sidecar"}}"#,
            #"2:68: error: bundle_urls.project.size: the newest bundle's length comes from "manifest_url""#),
        Mistake(
            #""bundle_urls": {"project": {"url": "https://h/p", "size": 0, "verification": "none"}}"#,
            "2:59: error: bundle_urls.project.size: expected a whole number from 1 to 1125899906842624, found 0"),
        Mistake(
            #""bundle_urls": {"project": {"url": "https://h/p", "checksum_url": "https://h/s", "verification": "none"}}"#,
            #"2:67: error: bundle_urls.project.checksum_url: nothing is compared with it: "verification" is not "sidecar" alone"#
        ),
        Mistake(
            #""bundle_urls": {"project": {"url": "https://h/p", "signature": "archive"}}"#,
            #"2:16: error: bundle_urls: project is to be signed, and there are no "signature_keys""#),
        Mistake(
            #""bundle_urls": {"project": {"url": "https://h/p", "signature": "archive", "verification": "none"}}, "signature_keys": ["RWSBW9utXK7FANwdogJVFK0tAc0i3MLOHldBwIlQl3QTHXMKpUh5kePx"]"#,
            #"2:64: error: bundle_urls.project.signature: "verification" is "none" for this bundle"#),
        Mistake(
            #""bundle_urls": {"project": {"manifest_url": "https://h/m", "signature": "checksums"}}, "signature_keys": ["RWSBW9utXK7FANwdogJVFK0tAc0i3MLOHldBwIlQl3QTHXMKpUh5kePx"]"#,
            #"2:73: error: bundle_urls.project.signature: its digest comes from "manifest_url", so no list of checksums is looked at"#
        ),
        Mistake(
            #""client_key": "/k""#,
            #"2:15: error: client_key: there is no "client_certificate" that it belongs to"#),
        Mistake(
            #""files": [{"path": "/etc/web/a", "content": ""}]"#,
            #"2:20: error: files[0].path: "units" has none of the name "web", whose folder this is"#),
        Mistake(
            #""files": [{"path": "/etc/web/web.env", "content": ""}], "units": [{"unit": "web.service", "masked": true}], "environment_file": "/etc/web/web.env""#,
            #"2:10: error: files: "/etc/web/web.env" is the services' environment, which "environment" gives"#),
        Mistake(
            #""files": [{"path": "/usr/local/bin/a", "bundle": "web", "source": "a"}]"#,
            #"2:50: error: files[0].bundle: neither "bundle_urls" nor "bundles" has "web""#),
        Mistake(
            #""files": [{"path": "/usr/local/bin/a", "source": "a"}]"#,
            #"2:50: error: files[0].source: "bundle" and "source" need each other"#),
        Mistake(
            #""bundles": {"a": {"url": "https://h/a.tar.xz", "verification": "none"}}, "files": [{"path": "/usr/local/bin/a", "bundle": "a", "source": "../a"}]"#,
            #"2:138: error: files[0].source: expected a relative path without ".", ".." and needless slashes, found "../a""#
        ),
        Mistake(
            #""bundles": {"a": {"url": "https://h/a.tar.xz", "verification": "none"}}, "files": [{"path": "/usr/local/bin/a", "bundle": "a", "source": "a"}]"#,
            #"2:123: error: files[0].bundle: the system reads or runs this file, and whoever publishes "a" could change it: give it a digest in "checksum" or "bundle_checksums", or a "signature""#
        ),
        Mistake(
            #""node_version": "20", "node": {"capabilities": {"../node": ["cap_chown"]}}"#,
            #"2:49: error: node.capabilities: expected a relative path without ".", ".." and needless slashes, found "../node""#
        ),
        Mistake(
            #""node_version": "20", "node": {"capabilities": {"bin/node": ["CAP_CHOWN"]}}"#,
            #"2:62: error: node.capabilities["bin/node"][0]: expected a capability such as "cap_net_bind_service", found "CAP_CHOWN""#
        ),
        Mistake(
            #""node_version": "20", "node": {"capabilities": {"bin/node": []}}"#,
            #"2:61: error: node.capabilities["bin/node"]: expected 1 or more names of capabilities, found none"#),
        Mistake(
            #""bundles": {"a": {"url": "https://h/a.tar.xz", "verification": "sidecar", "capabilities": {"a": ["cap_kill"]}}}"#,
            #"2:91: error: bundles.a.capabilities: whoever publishes this bundle could do with it what they like: give it a digest in "checksum" or "bundle_checksums", or a "signature""#
        ),
        Mistake(#""node": {}"#, #"2:9: error: node: there is no "node_version" that this could apply to"#),
        Mistake(
            #""node_version": "20.18.0", "node": {"nvm_archive_url": "https://h/n"}"#,
            #"2:36: error: node: "nvm_archive_url" and "nvm_archive_sha256" need each other"#),
        Mistake(#""btrfs": {}"#, #"2:10: error: btrfs: there is no "btrfs_image_target_gb" that this could apply to"#),
        Mistake(
            #""btrfs_image_target_gb": 1, "btrfs": {"mount_point": "/home/ada"}"#,
            #"2:38: error: btrfs: the mount point "/home/ada" would hide "bootstrap_root", which lies beneath it"#),
        Mistake(
            #""btrfs_image_target_gb": 1, "btrfs": {"subvolumes": ["a", "a"]}"#,
            #"2:59: error: btrfs.subvolumes[1]: "a" is listed twice"#),
        Mistake(
            #""apt_packages": ["git=1", "git=2"]"#,
            #"2:27: error: apt_packages[1]: "git" is listed with another version, too"#),
        Mistake(
            #""services": [{"unit": "a.service", "bundle": "project", "path": "u"}]"#,
            #"2:46: error: services[0].bundle: neither "bundle_urls" nor "bundles" has "project""#),
        Mistake(
            #""services": [{"unit": "a.service", "content": "[Service]\nExecStart=bin/x\n"}]"#,
            "2:47: error: services[0].content: line 2: the program of ExecStart= has no absolute path"),
        Mistake(
            #""services": [{"unit": "a.service", "masked": true, "health": {"urls": ["http://127.0.0.1/"]}}]"#,
            #"2:62: error: services[0].health: nothing may start a unit that is "masked", so it is never healthy"#),
        Mistake(
            #""services": [{"unit": "a.service", "path": "u"}]"#,
            #"2:14: error: services[0]: expected "content", or "bundle" and "path", or none of them for a package's unit"#
        ),
        Mistake(
            #""units": [{"unit": "a.service", "masked": true, "drop_ins": {}}]"#,
            #"2:61: error: units[0].drop_ins: nothing may start a unit that is "masked", so its drop-ins would count for nothing"#
        ),
        Mistake(
            #""units": [{"unit": "app-.service", "drop_ins": {}}]"#,
            #"2:48: error: units[0].drop_ins: drop-ins of "app-.service" would hold for every unit whose name begins so"#
        ),
        Mistake(
            #""units": [{"unit": "a.service", "drop_ins": {"x": "[Service]\nA=1\n", "x.conf": "[Service]\nA=1\n"}}]"#,
            #"2:81: error: units[0].drop_ins["x.conf"]: "x.conf" stands there twice"#),
        Mistake(
            #""units": [{"unit": "a.service", "drop_ins": {"x": "[Service]\nExecStart=bin/x\n"}}]"#,
            "2:51: error: units[0].drop_ins.x: line 2: the program of ExecStart= has no absolute path"),
        Mistake(
            #""units": [{"unit": "a.service", "enabled": false, "health": {"urls": ["http://127.0.0.1/"]}}]"#,
            #"2:61: error: units[0].health: a package's unit that is not "enabled" is stopped, so it is never healthy"#),
        Mistake(
            #""units": [{"unit": "a.service", "masked": true, "scope": "session"}]"#,
            #"2:58: error: units[0].scope: expected one of "system", "user", found "session""#),
        Mistake(
            #""units": [{"unit": "a.service", "masked": true, "user": "ada"}]"#,
            #"2:57: error: units[0].user: only a unit with "scope": "user" is a user's own"#),
        Mistake(
            #""units": [{"unit": "a.service", "masked": true, "scope": "user", "user": "web"}]"#,
            #"2:74: error: units[0].user: only the bootstrap user, "ada", is given units of its own; those of "web" come by a config of its own, with it as the "bootstrap_user""#
        ),
        Mistake(
            #""units": [{"unit": "srv-x.mount", "content": "[Mount]\nWhat=/dev/x\nWhere=/srv/x\n", "scope": "user"}]"#,
            #"2:95: error: units[0].scope: a user's own systemd may mount nothing: only root's does"#),
        Mistake(
            #""units": [{"unit": "a.service", "scope": "user", "content": "[Service]\nUser=web\nExecStart=/bin/x\n"}]"#,
            "2:61: error: units[0].content: line 2: User= is root's to use: a user's own unit runs as that user"),
        Mistake(
            #""units": [{"unit": "a.service", "scope": "user", "drop_ins": {"x": "[Install]\nWantedBy=multi-user.target\n"}}]"#,
            "2:68: error: units[0].drop_ins.x: line 2: a user's own systemd never comes to multi-user.target: default.target is what it starts with"
        ),
        Mistake(
            #""services": [{"unit": "a.service", "masked": true}, {"unit": "a.service", "masked": true}]"#,
            #"2:53: error: services[1]: "a.service" stands there twice"#),
        Mistake(
            #""ssh_tunnel": {"host": "h", "user": "u", "identity_file": "/k", "local_forwards": []}"#,
            #"2:15: error: ssh_tunnel: expected at least one of "remote_forwards" and "local_forwards""#),
    ]

    private static let digest = String(repeating: "0a", count: 32)
}
