"""What a bootstrap user may have had changed on a host, by rules of our own, and what was changed besides."""

import os
import pwd
import re
import stat

from helper_requests import RACE, UNITS, USER

# What stands in apt's place writes down there how it was called.
RECORD = "/root/apt-words"
OWNER = pwd.getpwnam(USER).pw_uid
# What a running host changes by itself.
RESTLESS = ("/proc", "/sys", "/dev", "/run", "/tmp", "/var/tmp", "/var/log/journal", "/var/lib/systemd", "/var/lib/private",
            "/var/log/wtmp", "/var/log/lastlog", "/var/cache/apt", "/var/lib/apt/lists", "/var/cache/ldconfig", RECORD)
DATA = ("/srv/", "/opt/", "/mnt/", "/media/", "/var/lib/", "/var/cache/", "/var/log/")

# What a line of each may be.
HOST_SETTINGS = {
    "/etc/hostname": r"[A-Za-z0-9.-]*", "/etc/timezone": r"[A-Za-z0-9_+/-]*", "/etc/localtime": "",
    "/etc/hosts": r"|(127\.0\.0\.1|::1|ff02::[12])\s.*|127\.0\.1\.1 [A-Za-z0-9.-]+( # host-bootstrap's \"hostname\")?",
    "/etc/default/locale": r"#.*|(LANG=[A-Za-z0-9_.@-]+)?", "/etc/locale.conf": r"#.*|(LANG=[A-Za-z0-9_.@-]+)?",
}
# What each of them held when it was first looked at: that it stays is nobody's doing.
THERE = {}


def look():
    """Every file by what cannot be put back: its number and the time of its last change."""
    for path in HOST_SETTINGS:
        if path not in THERE:
            THERE[path] = set(read(path).split("\n")) if os.path.isfile(path) else set()
    found = {}
    for folder, folders, files in os.walk("/"):
        folders[:] = [name for name in folders if os.path.join(folder, name) not in RESTLESS]
        for name in folders + files:
            path = os.path.join(folder, name)
            if path in RESTLESS:
                continue
            try:
                status = os.lstat(path)
            except FileNotFoundError:
                continue
            # A folder's times tell of its entries, which are looked at themselves.
            changed = 0 if stat.S_ISDIR(status.st_mode) else status.st_ctime_ns
            found[path] = (status.st_mode, status.st_uid, status.st_gid, status.st_ino, changed)
    return found


def read(path):
    with open(path, "rb") as file:
        return file.read().decode("utf-8", "replace")


def is_allowed(path, before):
    """May a bootstrap user have had this made, changed or removed?"""
    if path.startswith((f"/home/{USER}", "/etc/host-bootstrap/units/")) or any(path.startswith(f"{place}/") for place in RACE):
        return True
    is_there = os.path.lexists(path)
    status = os.lstat(path) if is_there else None
    if path in HOST_SETTINGS:
        return not is_there or is_host_setting(path, status)
    if before is not None:
        return False
    if not is_there:
        return True
    if path == f"/etc/sysctl.d/60-host-bootstrap-{USER}.conf":
        lines = [line for line in read(path).split("\n") if line and not line.startswith("#")]
        is_harmless = all(re.fullmatch(r"net[./][\w./-]+ = [^\0]*", line) and ".." not in line for line in lines)
        return status.st_uid == 0 and stat.S_IMODE(status.st_mode) == 0o644 and is_harmless
    if path.startswith("/etc/systemd/system/"):
        return is_good_unit(path.removeprefix("/etc/systemd/system/"), status)
    if stat.S_ISDIR(status.st_mode) and status.st_uid == 0 and path.count("/") >= 2 and path.startswith("/etc/"):
        return True
    if path.startswith("/etc/") and path.endswith(".env"):
        return status.st_uid == OWNER and stat.S_ISREG(status.st_mode) and status.st_mode & 0o7133 == 0
    if path.startswith(DATA) and status.st_uid == OWNER and stat.S_ISDIR(status.st_mode):
        return status.st_mode & 0o7002 == 0
    # One that was cut off while it was made is replaced by the next, and goes with the image.
    if (path.endswith((".img", ".img.new")) or path == "/var/lib/host-bootstrap/swap") and status.st_uid == 0:
        return stat.S_ISREG(status.st_mode) and status.st_mode & 0o7177 == 0
    # On the way to an image.
    return stat.S_ISDIR(status.st_mode) and status.st_uid == 0 and status.st_mode & 0o7022 == 0


def is_host_setting(path, status):
    """The machine's name, time zone or language, and nothing else than one."""
    if stat.S_ISLNK(status.st_mode):
        return re.fullmatch(r"\.\./(usr/share/zoneinfo/[A-Za-z0-9_+/-]+|locale\.conf)", os.readlink(path)) is not None
    return status.st_uid == 0 and stat.S_IMODE(status.st_mode) == 0o644 and not odd_lines(path)


def odd_lines(path):
    """Lines that were not there, and that no setting of ours makes."""
    return [line for line in read(path).split("\n")
            if line not in THERE[path] and not re.fullmatch(HOST_SETTINGS[path], line)]


def is_good_unit(name, status):
    """By rules of our own, not by those of the program that is being tested."""
    top, _, below = name.partition("/")
    if top.endswith(".d") and top[:-2] in UNITS:
        return is_good_drop_in(top[:-2], name, status)
    if stat.S_ISLNK(status.st_mode):
        # systemd's own, for units that were made here; or a mask of one.
        return (below or top).split("/")[-1].split(".set-aside-")[0] in UNITS and (not below or top in (
            "multi-user.target.wants", "default.target.wants"))
    if stat.S_ISDIR(status.st_mode):
        return top.endswith((".wants", ".requires")) and status.st_uid == 0
    text = read(f"/etc/systemd/system/{name}")
    section, user = "", None
    for line in re.split(r"[\n\r]", text):
        section = line.strip() if line.startswith("[") else section
        key, _, value = (part.strip() for part in line.partition("="))
        if section == "[Service]" and key == "User":
            user = value
        if key.startswith("Exec") and re.match(r"[@\-:|]*[+!]", value):
            return False
    wants_user = name.split(".set-aside-")[0].endswith(".service")
    return status.st_uid == 0 and (user == USER or not wants_user and user is None) and name.split(".set-aside-")[0] in UNITS


def is_good_drop_in(unit, name, status):
    """Of a unit of the user's that is there, and no template; it makes nothing of it root's."""
    if stat.S_ISDIR(status.st_mode):
        return status.st_uid == 0 and stat.S_IMODE(status.st_mode) == 0o755
    if not stat.S_ISREG(status.st_mode) or status.st_uid != 0 or "@." in unit:
        return False
    for line in re.split(r"[\n\r]", read(f"/etc/systemd/system/{name}")):
        key, _, value = (part.strip() for part in line.partition("="))
        if key == "User" and value != USER or key.startswith("Exec") and re.match(r"[@\-:|]*[+!]", value):
            return False
    # What was set aside is read by nobody, whether its unit is still there or not.
    if re.search(r"\.set-aside-\d+$", name):
        return True
    own = f"/etc/systemd/system/{unit}"
    return os.path.lexists(own) and is_good_unit(unit, os.lstat(own))


def words_of_apt():
    """What apt was told that no package's name is."""
    bad = []
    for line in read(RECORD).split("\0END\0"):
        words = line.split("\0")
        names = words[words.index("--") + 1:] if "--" in words else []
        bad += [name for name in names if not re.fullmatch(r"[a-z0-9][a-z0-9+.:-]*(=[A-Za-z0-9+.:~-]+)?", name)]
        if "--" not in words:
            bad += [word for word in words if "owned" in word or word.startswith(("/", "./"))]
    return bad


def found_since(before):
    """What changed since it was looked at and may not, in words."""
    after = look()
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) != after.get(path) and not is_allowed(path, before.get(path)):
            odd = f": {odd_lines(path)}" if path in HOST_SETTINGS and os.path.isfile(path) else ""
            yield f"{path}: {before.get(path)} -> {after.get(path)}{odd}"
    for word in words_of_apt():
        yield f"apt was told {word!r}"
    for name in os.listdir("/root"):
        if name.startswith("owned"):
            yield f"/root/{name}"
