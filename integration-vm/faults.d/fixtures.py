"""What the small host of the fault tests is provisioned from: everything by file:, so that it needs no network."""

import hashlib
import io
import json
import lzma
import os
import tarfile

HERE = "/srv/fixtures"
HOME = "/home/ops"
ROOT = f"{HOME}/cocalc-host"
NODE = "22.20.0"
VERSION = "1.0.0"
CONFIG = f"{HERE}/host.json"
UNIT = "fault-host.service"

SERVER = """[Service]
User=@BOOTSTRAP_USER@
EnvironmentFile=@ENVIRONMENT_FILE@
ExecStart=/bin/sleep infinity

[Install]
WantedBy=multi-user.target
"""


def digest(data):
    return hashlib.sha256(data).hexdigest()


def archive(path, files, folder=""):
    """A .tar.xz with these files: name -> bytes; what lies in bin may be run."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(folder + name)
            entry.size = len(data)
            entry.mode = mode(name)
            tar.addfile(entry, io.BytesIO(data))
    packed = lzma.compress(raw.getvalue(), preset=0)
    with open(path, "wb") as file:
        file.write(packed)
    return digest(packed)


def mode(name):
    return 0o755 if name.startswith("bin/") else 0o644


def bundle():
    model = b"a model"
    with open(f"{HERE}/model.bin", "wb") as file:
        file.write(model)
    files = {
        "bin/run": b"#!/bin/sh\necho run\n",
        "units/" + UNIT: SERVER.encode(),
        "needs/host.conf": b"data=@DATA@\n",
        "needs/1.sql": b"CREATE TABLE projects (id TEXT PRIMARY KEY);\n",
    }
    for number in range(1, 4):
        files[f"lib/part-{number}.js"] = b"%d;\n" % number
    manifest = {
        "schema_version": 1, "name": "project-host", "version": VERSION, "arch": "any",
        "files": [{"path": name, "mode": "0%o" % mode(name), "sha256": digest(data)} for name, data in sorted(files.items())],
        "entry_points": {"run": "bin/run"},
        "requirements": {
            "directories": ["cache", {"path": "closed", "mode": "0700"}],
            "files": [{"path": "host.conf", "template": "needs/host.conf", "mode": "0640"}],
            "databases": [{"name": "index", "sql": ["needs/1.sql"]}],
            "dependencies": [{"path": "model.bin", "url": f"file://{HERE}/model.bin", "sha256": digest(model)}],
        },
    }
    files["manifest.json"] = json.dumps(manifest).encode()
    return archive(f"{HERE}/project-host-{VERSION}.tar.xz", files)


def node():
    folder = f"{HERE}/node/v{NODE}"
    os.makedirs(folder, exist_ok=True)
    name = f"node-v{NODE}-linux-x64"
    files = {"bin/node": b"#!/bin/sh\necho v%s\n" % NODE.encode(), "LICENSE": b"free\n"}
    known = archive(f"{folder}/{name}.tar.xz", files, f"{name}/")
    with open(f"{folder}/SHASUMS256.txt", "w") as file:
        file.write(f"{known}  {name}.tar.xz\n")


def make(changes):
    """Writes the archives and the config; `changes` are fields of the config that replace its own."""
    os.makedirs(HERE, exist_ok=True)
    node()
    config = {
        "bootstrap_user": "ops", "bootstrap_root": ROOT, "host_id": "faults", "os_release": ["debian-12"],
        "bundle_urls": {"project-host": f"file://{HERE}/project-host-{VERSION}.tar.xz"},
        "bundle_checksums": {"project-host": bundle()},
        "node_version": NODE, "node": {"mirror_url": f"file://{HERE}/node"},
        "apt_packages": ["btrfs-progs"], "btrfs_image_target_gb": 1, "minimum_free_disk_gb": 1,
        "btrfs": {"subvolumes": ["projects"], "quotas": True},
        "data": [{"name": "models", "path": "/btrfs/projects/models", "files": ["model.bin"],
                  "url": f"file://{HERE}/models.tar.xz",
                  "checksum": archive(f"{HERE}/models.tar.xz", {"model.bin": b"model\n"})}],
        "environment": {"PORT": "9100"},
        "services": [{"unit": UNIT, "bundle": "project-host", "path": f"units/{UNIT}"}],
        **changes,
    }
    with open(CONFIG, "w") as file:
        json.dump(config, file)


def large():
    """A set of data of 80 MB, packed with a dictionary of 64 MiB; returns what the config says of it."""
    path = f"{HERE}/large.tar.xz"
    if not os.path.exists(path):
        piece = os.urandom(20 << 20)
        with tarfile.open(path, "w:xz", preset=9) as tar:
            entry = tarfile.TarInfo("large.bin")
            entry.size = 4 * len(piece)
            tar.addfile(entry, io.BytesIO(piece * 4))
    with open(path, "rb") as file:
        known = hashlib.file_digest(file, "sha256").hexdigest()
    return {"name": "large", "path": "/btrfs/projects/large", "files": ["large.bin"], "url": f"file://{path}",
            "checksum": known}
