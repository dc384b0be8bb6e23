"""The host that the faults happen on: back to how it was, run the agent, tell what there is."""

import filecmp
import hashlib
import os
import shutil
import stat
import subprocess

import fixtures

AGENT = "/usr/local/bin/host-bootstrap"
TRACER = "/usr/local/bin/at-call"
# How many seconds a run may take.
PATIENCE = int(os.environ.get("FAULTS_PATIENCE", "180"))
CALLS = "/run/faults.calls"
BEFORE = "/var/tmp/faults-before"
PLACES = ["/home/ops", "/etc", "/var/lib/host-bootstrap", "/btrfs", "/opt", "/usr/local", "/root", "/mnt", "/var/tmp"]
# Where a small package's files lie, and what dpkg knows of it.
PLACES_OF_PACKAGES = ["/usr/bin", "/usr/share/doc", "/usr/share/man", "/var/lib/dpkg"]
IMAGE = "/var/lib/host-bootstrap/btrfs.img"
MOUNT_UNIT = "btrfs.mount"
# dpkg's own: what it unpacks a package's scripts into, which it empties before each use; and what it fills with a package's entry
# before it gives that a number. It passes over that it could not unlink the latter, and writes over it the next time.
SCRATCH = ("/var/lib/dpkg/tmp.ci", "/var/lib/dpkg/updates/tmp.i")
# They tell of times and runs, so only that they are there counts.
TELLS_OF_RUNS = {"state.json", "bootstrap.log", ".bootstrap_done", "lock", "btrfs.img", "index.db",
                 "status-old", "available", "available-old", "diversions-old", "statoverride-old"}


def sh(*command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def walk(place):
    """All that is at and below a place, on all file systems, parents first."""
    if not os.path.lexists(place):
        return
    yield place
    # What was kept is no part of what there is, unless it is itself what is asked for.
    passed_over = ("/var/tmp/systemd-private-", *SCRATCH)
    if not place.startswith(BEFORE):
        passed_over += (BEFORE,)
    for folder, folders, files in os.walk(place):
        folders.sort()
        for name in sorted(folders + files):
            path = f"{folder}/{name}"
            # Each boot has private folders of its own.
            if not path.startswith(passed_over):
                yield path


def look():
    """What there is: path -> what it is; and units, mounts, loop devices."""
    found = {}
    for place in PLACES:
        for path in walk(place):
            found[path] = describe(path)
    for unit in (fixtures.UNIT, MOUNT_UNIT):
        state = sh("systemctl", "show", "-P", "ActiveState", "-P", "UnitFileState", "-P", "NeedDaemonReload", unit)
        found[unit] = " ".join(state.stdout.split())
    found["mounts"] = sh("findmnt", "-rno", "TARGET,FSTYPE", "/btrfs").stdout
    found["loop devices"] = str(len(sh("losetup", "--noheadings", "-O", "NAME", "-j", IMAGE).stdout.split()))
    found["processes"] = sh("pgrep", "-lx", "host-bootstrap").stdout
    return found


def describe(path):
    status = os.lstat(path)
    kind = stat.filemode(status.st_mode)
    words = f"{kind} {status.st_uid}:{status.st_gid}"
    if stat.S_ISLNK(status.st_mode):
        return f"{words} -> {os.readlink(path)}"
    if not stat.S_ISREG(status.st_mode) or os.path.basename(path) in TELLS_OF_RUNS or "records/" in path:
        return words
    with open(path, "rb") as file:
        content = file.read()
    if path == "/var/lib/dpkg/status":
        # In what order dpkg writes packages does not count.
        content = b"\n\n".join(sorted(content.strip().split(b"\n\n")))
    return f"{words} {hashlib.sha256(content).hexdigest()[:16]}"


def differences(wanted, found):
    names = sorted(wanted.keys() | found.keys())
    return [f"{name}: {wanted.get(name, 'absent')} expected, {found.get(name, 'absent')} found"
            for name in names if wanted.get(name) != found.get(name)]


def begin(places=(*PLACES, *PLACES_OF_PACKAGES)):
    """As before the first run: what is there now, kept for `reset`, or what was kept by whoever played here first."""
    if os.path.exists(BEFORE):
        return reset()
    os.makedirs(BEFORE)
    for place in places:
        if os.path.lexists(place) and place != "/var/tmp":
            os.makedirs(os.path.dirname(BEFORE + place), exist_ok=True)
            restore(place, BEFORE + place)


def unmount():
    """Ends what runs on the image, and takes it from its place."""
    for unit in (fixtures.UNIT, MOUNT_UNIT):
        sh("systemctl", "stop", unit)
    while sh("umount", "/btrfs").returncode == 0:
        pass
    for device in sh("losetup", "--noheadings", "-O", "NAME", "-j", IMAGE).stdout.split():
        sh("losetup", "-d", device)


def reset():
    """As when it was remembered."""
    unmount()
    for place in PLACES:
        for path in reversed(list(walk(place))):
            if not same(path):
                remove(path)
    for place in PLACES:
        for path in walk(BEFORE + place):
            restore(path, path.removeprefix(BEFORE))
    sh("systemctl", "daemon-reload")
    sh("systemctl", "reset-failed")


def same(path):
    before = BEFORE + path
    if path == "/var/tmp" or path == BEFORE:
        return True
    if not os.path.lexists(before) or describe(path) != describe(before):
        return False
    return not os.path.isfile(path) or os.path.islink(path) or filecmp.cmp(path, before)


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        os.unlink(path)


def restore(kept, path):
    if os.path.lexists(path):
        return
    subprocess.run(["cp", "-a", "--no-target-directory", kept, path], check=True)


def agent(*arguments, fault=None, key="", nth=0):
    """Runs the agent as its user; with a fault, under the tracer, which writes CALLS."""
    line = [AGENT, *arguments, "--config", fixtures.CONFIG]
    if fault:
        line = [TRACER, USER, USER, CALLS, fault, key, str(nth), *line]
    else:
        line = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *line]
    return subprocess.run(line, cwd=fixtures.HOME, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, errors="replace", timeout=PATIENCE, check=False)


USER = "1000"
ENVIRONMENT = {"HOME": fixtures.HOME, "USER": "ops", "LOGNAME": "ops", "LC_ALL": "C.UTF-8",
               "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
