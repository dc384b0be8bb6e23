"""helper_fuzz.py [--seed NUMBER] [--count NUMBER] SECONDS: in a booted host, speaks the helper's protocol as an attacker would.

Whoever asks is the bootstrap user, behind the closed door, while another program of that user's turns links around in the folders
that are named. Nothing on the host may change but what such a user may have changed. The last line has the counts.
"""

import argparse
import collections
import json
import random
import select
import subprocess
import sys
import time

import helper_requests
import host
from helper_escapes import OWNER, RECORD, found_since, look
from helper_requests import RACE, USER

DOOR = "/usr/local/libexec/host-bootstrap/host-bootstrap"
BATCH = 400


def sh(line):
    return subprocess.run(["/bin/sh", "-ec", line], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout


def prepare():
    """Things of root's and of another user's to go for, and programs in apt's place that write down how they are called."""
    # The kernel writes to an image that is mounted whenever it likes.
    host.unmount()
    sh(f"""
        useradd -m another 2>/dev/null || true
        host-bootstrap install-helper --user {USER}; rm -f /etc/sudoers.d/*nopasswd* /etc/sudoers.d/{USER}
        mkdir -p /etc/foreign /var/lib/images /images; echo A=1 >/etc/foreign/theirs.env
        touch /images/kept /var/lib/images/kept
        printf '[Service]\\nExecStart=/bin/sleep infinity\\n' >/etc/systemd/system/foreign.service
        for place in /srv/another /home/another; do
            mkdir -p $place; echo kept >$place/theirs; chown -R another: $place; done
        for place in {' '.join(RACE)}; do install -d -o {USER} -g {USER} $place; done
        # In one piece: several are run at once.
        for program in apt-get apt-cache dpkg; do
            printf '#!/bin/sh\\nprintf "%%s\\\\0" "$@" END >>{RECORD}\\n' >/usr/bin/$program; done
        systemctl daemon-reload; rm -f {RECORD}; touch {RECORD}""")


class Helper:
    """The real one, as sudo starts it for the bootstrap user."""

    def __init__(self):
        self.process = subprocess.Popen(
            ["setpriv", f"--reuid={OWNER}", f"--regid={OWNER}", "--init-groups", "sudo", "-n", DOOR, "privileged-helper"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)
        self.rest, self.waiting = b"", {}

    def send(self, line, number):
        if number:
            self.waiting[number] = line
        view = memoryview(line + b"\n")
        while view:
            # It may answer while it is written to, and end at what it does not believe.
            answers, room, _ = select.select([self.process.stdout], [self.process.stdin], [], 90)
            if not answers and not room:
                sys.exit("the helper neither reads nor answers")
            if answers and not self.take():
                return False
            try:
                # What select(2) says there is room for.
                view = view[self.process.stdin.write(view[:4096]) if room else 0:]
            except BrokenPipeError:
                return False
        return True

    def take(self):
        data = self.process.stdout.read(1 << 16)
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            (kind, content), = json.loads(line).items()
            if kind in ("done", "failed"):
                counts["refused" if "refused: " in content.get("problem", "") else kind] += 1
                self.waiting.pop(content["id"], None)
        return bool(data)

    def drain(self, most):
        """Waits until no more than so many requests are under way; false when it has ended."""
        while len(self.waiting) > most:
            if not select.select([self.process.stdout], [], [], 90)[0]:
                sys.exit(f"the helper hangs in {list(self.waiting.values())[:3]}")
            if not self.take():
                return False
        return True

    def end(self):
        self.process.stdin.close()
        while self.take():
            pass
        code = self.process.wait(60)
        if code not in (0, 1):
            crashes.append(code)


def turn_around():
    """A program of the attacker's: in the folders that are named, a link and a folder change places all the time."""
    code = f"""
import os, sys
places = {RACE!r}
targets = ["/etc", "/root", "/etc/cron.d", "/home/another", "/var/lib/images", "/etc/systemd/system"]
turn = 0
while True:
    for place in places:
        turn += 1
        try:
            if turn % 2: os.mkdir(place + "/fresh")
            else: os.symlink(targets[turn % len(targets)], place + "/fresh")
            os.rename(place + "/turned", place + f"/old")
        except OSError: pass
        try: os.rename(place + "/fresh", place + "/turned")
        except OSError: pass
        for old in ("/old", "/fresh"):
            try: os.unlink(place + old)
            except OSError:
                try: os.rmdir(place + old)
                except OSError:
                    try: os.rename(place + old, place + f"/kept{{turn % 50}}")
                    except OSError: pass
"""
    return subprocess.Popen(["setpriv", f"--reuid={OWNER}", f"--regid={OWNER}", "--init-groups", sys.executable, "-c", code])


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    arguments.add_argument("--count", type=int, default=1 << 60)
    arguments.add_argument("seconds", type=float)
    chosen = arguments.parse_args()
    prepare()
    requests, before = helper_requests.Requests(random.Random(chosen.seed)), look()
    racer = turn_around()
    sent, helpers, end = 0, 0, time.monotonic() + chosen.seconds
    while time.monotonic() < end and sent < chosen.count and not escapes:
        helper, goes_on = Helper(), True
        helpers += 1
        while goes_on and time.monotonic() < end and sent < chosen.count:
            # Drawn whatever becomes of them: the same seed gives the same lines.
            (line, number), most = requests.line(), requests.random.choice([0, 0, 1, 7])
            sent += 1
            goes_on = helper.send(line, number) and helper.drain(most)
            if sent % BATCH == 0:
                goes_on = goes_on and helper.drain(0)
                escapes.extend(found_since(before))
                if escapes:
                    break
        helper.drain(0)
        helper.end()
    racer.kill()
    racer.wait()
    escapes.extend(found_since(before))
    for words in sorted(set(escapes + [f"the helper ended with {code}" for code in crashes])):
        print(f"ESCAPE: {words}")
    shown = ", ".join(f"{number} {kind}" for kind, number in sorted(counts.items()))
    print(f"helper: seed {chosen.seed}, {sent} lines to {helpers} helpers ({shown}), {len(escapes)} escapes, "
          f"{len(crashes)} crashes; again with --seed {chosen.seed} --count {sent}")
    return 1 if escapes or crashes else 0


counts, escapes, crashes = collections.Counter(), [], []
sys.exit(main())
