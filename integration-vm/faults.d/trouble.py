"""trouble.py [NAME ...]: in a booted host, what else goes wrong around a run; each trouble by its name, all unless named.

Every trouble checks the exit code, the words and the hint, and that the run after it ends as a clean run does.
"""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import fixtures
import host

HINT = "hint"
wrong = []


def expect(truth, words):
    if not truth:
        wrong.append(words)
        print(f"    {words}", flush=True)


def start(*arguments, **settings):
    line = ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", host.AGENT, *arguments]
    return subprocess.Popen(line, cwd=fixtures.HOME, env=host.ENVIRONMENT, stdin=subprocess.DEVNULL, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **settings)


def end(process):
    output, errors = process.communicate(timeout=300)
    return process.returncode, output, errors


def converges(wanted, words):
    """The next run ends as a clean one, and plan finds nothing more to do."""
    again = host.agent("apply")
    expect(again.returncode == 0, f"{words}: the next run ended with {again.returncode}: {again.stderr[-1500:]}")
    for line in host.differences(wanted, host.look())[:8]:
        expect(False, f"{words}: {line}")
    plan = host.agent("plan")
    expect(plan.returncode == 0, f"{words}: plan ended with {plan.returncode}: {plan.stdout}")


def with_config(changes):
    """A config besides the usual one, that differs from it in these fields."""
    with open(fixtures.CONFIG) as file:
        config = {**json.load(file), **changes}
    path = f"{fixtures.HERE}/other.json"
    with open(path, "w") as file:
        json.dump(config, file)
    return path


def agents_at_once(wanted):
    """Two, then twenty: one works; the others say who does, or wait when told to."""
    for number in (2, 20):
        for options, codes in (([], {0, 6}), (["--wait-lock", "120"], {0})):
            host.reset()
            agents = [start("apply", *options, "--config", fixtures.CONFIG) for _ in range(number)]
            runs = [end(process) for process in agents]
            found = [code for code, _, _ in runs]
            expect(set(found) <= codes and 0 in found, f"{number} agents {options}: {sorted(found)}")
            print(f"    {number} {options}: {found.count(0)} ended with 0, {found.count(6)} with 6", flush=True)
            for code, _, errors in runs:
                expect(code != 6 or "another run holds the lock: process " in errors and HINT in errors, errors)
            converges(wanted, f"{number} agents {options}")


def stopped_in_each_step(wanted):
    """SIGTERM when a step begins."""
    stopped = 0
    host.reset()
    for step in started_steps():
        host.reset()
        process = start("apply", "--json", "--no-parallel", "--config", fixtures.CONFIG)
        seen = []
        for line in process.stdout:
            event = json.loads(line)
            seen.append(event)
            if event["event"] == "step_started" and event["step"] == step:
                process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=120)
        stopped += code == 143
        # A step may have been the last one, and at its end already.
        expect(code in (143, 0), f"SIGTERM in {step}: ended with {code}: {process.stderr.read()[-800:]}")
        expect(seen[-1]["event"] == "run_finished", f"SIGTERM in {step}: the last event is {seen[-1]}")
        if code == 143:
            expect(seen[-1]["message"].startswith("stopped after "), f"SIGTERM in {step}: {seen[-1]}")
            expect(not os.path.exists(f"{fixtures.ROOT}/.bootstrap_done"), f"SIGTERM in {step}: called done")
        converges(wanted, f"SIGTERM in {step}")
    expect(stopped > 0, "no step was stopped")
    print(f"    {stopped} steps stopped in order", flush=True)


def started_steps():
    run = host.agent("apply", "--json", "--no-parallel")
    return [event["step"] for event in events(run.stdout) if event["event"] == "step_started"]


def events(text):
    return [event for event in map(json.loads, text.splitlines()) if isinstance(event, dict) and "event" in event]


def bad_hub(wanted):
    """A hub that hangs, resets, answers 500, ten megabytes of garbage, or nothing: the run ends well without it."""
    token = f"{fixtures.HERE}/token"
    with open(token, "w") as file:
        file.write("secret-token")
    os.chown(token, 1000, 1000)
    os.chmod(token, 0o600)

    def hang(client):
        client.recv(65536)
        time.sleep(300)

    def reset(client):
        client.recv(1)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    def broken(client):
        client.recv(65536)
        client.sendall(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def garbage(client):
        client.recv(65536)
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n" + os.urandom(10 << 20))

    def silent(client):
        client.recv(65536)

    for manner in (hang, reset, broken, garbage, silent):
        host.reset()
        with Server(manner) as server:
            hub = {"url": f"http://127.0.0.1:{server.port}/api/v1/hosts/faults/status", "token": {"file": token}}
            code, _, errors = end(start("apply", "--config", with_config({"hub": hub})))
            expect(code == 0, f"a hub that does {manner.__name__}: ended with {code}: {errors[-800:]}")
            expect("secret-token" not in errors, f"a hub that does {manner.__name__}: the token is shown")
            expect(server.served > 0, f"nobody asked the hub that does {manner.__name__}")
            # 200 is taken for an answer, whatever comes behind it.
            expect(("for the hub, which did not take them" in errors) == (manner is not garbage),
                   f"a hub that does {manner.__name__}: what waits for it is told wrongly: {errors[-800:]}")
        remove_spool()
        converges(wanted, f"a hub that does {manner.__name__}")


def remove_spool():
    # What could not be delivered is kept for the next run; the usual config names no hub.
    host.remove(f"{fixtures.ROOT}/bootstrap/hub-spool") if os.path.lexists(f"{fixtures.ROOT}/bootstrap/hub-spool") else None


class Server:
    """Answers each connection in one manner."""

    def __init__(self, manner):
        self.manner, self.served = manner, 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.socket.close()

    def accept(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            self.served += 1
            threading.Thread(target=self.answer, args=(client,), daemon=True).start()

    def answer(self, client):
        with client:
            try:
                self.manner(client)
            except OSError:
                pass


def no_names(wanted):
    """DNS is gone: preflight or the step says so, and nothing half-done is there."""
    host.reset()
    elsewhere = {"bundle_urls": {"project-host": "https://bundles.example.net/project-host-1.0.0.tar.xz"}}
    code, _, errors = end(start("apply", "--config", with_config(elsewhere)))
    expect(code in (1, 4), f"without names: ended with {code}")
    expect(HINT in errors and "bundles.example.net" in errors, f"without names: {errors[-800:]}")
    converges(wanted, "names are back")


def small_disk(wanted):
    """The bootstrap root is on a disk that gets full; with room, the next run goes on."""
    told = 0
    for kilobytes in (16, 48, 64, 96, 128, 192):
        host.reset()
        os.makedirs(fixtures.ROOT)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=0755,uid=1000,gid=1000", "small",
                        fixtures.ROOT], check=True)
        try:
            code, _, errors = end(start("apply", "--config", with_config({"minimum_free_disk_gb": 0})))
            if code != 0:
                told += 1
                expect(code in (1, 4) and HINT in errors, f"{kilobytes} kB: ended with {code}: {errors[-1200:]}")
                expect(not os.path.exists(f"{fixtures.ROOT}/.bootstrap_done"), f"{kilobytes} kB: called done")
            host.sh("mount", "-o", "remount,size=1100m", fixtures.ROOT)
            again = host.agent("apply")
            expect(again.returncode == 0, f"{kilobytes} kB, with room again: {again.returncode}: {again.stderr[-1200:]}")
            for line in host.differences(wanted, host.look())[:8]:
                expect(False, f"{kilobytes} kB: {line}")
        finally:
            host.sh("systemctl", "stop", fixtures.UNIT)
            host.sh("umount", "-l", fixtures.ROOT)
    expect(told > 0, "no disk was too small")
    print(f"    {told} disks were too small", flush=True)


def apt_lock(wanted, seconds=60):
    """Another program holds apt's and dpkg's locks, as unattended-upgrades does, and lets go after a minute."""
    host.reset()
    locks = []
    for name in ("/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock", "/var/lib/apt/lists/lock"):
        file = open(name, "a")
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        locks.append(file)
    process = start("apply", "--config", with_config({"apt_packages": ["btrfs-progs", "tree"]}))
    time.sleep(seconds)
    expect(process.poll() is None, "apt's locks were held, and the run did not wait")
    for file in locks:
        file.close()
    code, _, errors = end(process)
    expect(code == 0, f"after apt's locks: ended with {code}: {errors[-800:]}")
    host.sh("apt-get", "-qq", "-y", "purge", "tree")
    host.reset()
    converges(wanted, "after apt's locks")


def clock_jumps(wanted):
    """The clock is set ten years on, or back, while a run is under way: it ends well, and nothing that it tells is absurd.

    One that is behind the last package's installation before the run begins is told, with what to do.
    """
    host.reset()
    counted = host.agent("apply", fault="clock:0", nth=1)
    expect(counted.returncode == 0, f"the run whose looks at the clock were counted ended with {counted.returncode}")
    with open(host.CALLS) as file:
        looks = file.read().splitlines().count("clock")
    expect(looks > 20, f"the clock was looked at {looks} times")
    for years in (10, -10):
        for nth in (2, looks // 3, 2 * looks // 3):
            words = f"{years} years at look {nth} of {looks}"
            host.reset()
            run = host.agent("apply", "--json", fault=f"clock:{years * 365 * 86400}", nth=nth)
            if years < 0 and nth == 2:
                expect(run.returncode == 4 and "set the clock" in run.stderr, f"{words}: {run.returncode}: {run.stderr[-800:]}")
                converges(wanted, words)
                continue
            expect(run.returncode == 0, f"{words}: ended with {run.returncode}: {run.stderr[-800:]}")
            lasted = [event["duration_ms"] for event in events(run.stdout) if "duration_ms" in event]
            expect(lasted and all(0 <= time < 180_000 for time in lasted), f"{words}: steps took {lasted} ms")
            told = host.sh("runuser", "-u", "ops", "--", host.AGENT, "timings", "--root", fixtures.ROOT)
            expect(told.returncode == 0, f"{words}: timings: {told.stderr}")
            converges(wanted, words)


def wrong_hash(wanted):
    """A mirror whose list does not fit its package: refused with a hint, and installed once it fits."""
    host.reset()
    mirror, name = "/srv/mirror", "fault-package"
    control = f"Package: {name}\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: empty\n"
    os.makedirs(f"{mirror}/{name}/DEBIAN", exist_ok=True)
    with open(f"{mirror}/{name}/DEBIAN/control", "w") as file:
        file.write(control)
    subprocess.run(["dpkg-deb", "--build", f"{mirror}/{name}"], check=True, stdout=subprocess.DEVNULL)
    with open(f"{mirror}/{name}.deb", "rb") as file:
        package = file.read()
    with open("/etc/apt/sources.list.d/faults.list", "w") as file:
        file.write(f"deb [trusted=yes] file:{mirror} ./\n")
    changes = {"apt_packages": ["btrfs-progs", name]}
    for digest, wanted_code in ((fixtures.digest(b"another"), 1), (fixtures.digest(package), 0)):
        with open(f"{mirror}/Packages", "w") as file:
            file.write(f"{control}Filename: ./{name}.deb\nSize: {len(package)}\nSHA256: {digest}\n")
        host.sh("apt-get", "-qq", "update")
        code, _, errors = end(start("apply", "--config", with_config(changes)))
        expect(code == wanted_code and (code == 0 or HINT in errors and "Hash" in errors),
               f"a mirror with the digest {digest[:8]}: ended with {code}: {errors[-1200:]}")
    host.sh("apt-get", "-qq", "-y", "purge", name)
    host.reset()
    converges(wanted, "after a mirror with a wrong digest")


def needrestart_asks(wanted):
    """needrestart is there, and told to ask: nobody is asked."""
    host.reset()
    # Unless told not to, it would restart what runs this.
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "NEEDRESTART_SUSPEND=1", "NEEDRESTART_MODE=l", "apt-get", "-qq", "-y", "--no-install-recommends"]
    there = host.sh(*quiet, "install", "needrestart")
    expect(there.returncode == 0, f"needrestart: {there.stderr[-400:]}")
    os.makedirs("/etc/needrestart/conf.d", exist_ok=True)
    with open("/etc/needrestart/conf.d/faults.conf", "w") as file:
        file.write("$nrconf{restart} = 'i';\n")
    code, _, errors = end(start("apply", "--config", with_config({"apt_packages": ["btrfs-progs", "tree"]})))
    expect(code == 0, f"with needrestart: ended with {code}: {errors[-800:]}")
    host.sh(*quiet, "purge", "tree", "needrestart")
    host.reset()
    converges(wanted, "after needrestart")


def small_memory(wanted):
    """A cgroup of 128 MB around agent, helper and all they start, for a set of data larger than half of it."""
    with open(fixtures.CONFIG) as file:
        data = json.load(file)["data"]
    host.reset()
    cgroup = int(os.environ["FAULTS_CGROUP"])
    process = start("apply", "--config", with_config({"data": data + [fixtures.large()]}), pass_fds=[cgroup],
                    preexec_fn=lambda: os.write(cgroup, b"0"))
    code, _, errors = end(process)
    expect(code == 0, f"in 128 MB: ended with {code}: {errors[-1500:]}")
    large = "/btrfs/projects/large/large.bin"
    expect(os.path.exists(large) and os.path.getsize(large) == 80 << 20, "in 128 MB: the data is not there")
    host.reset()
    converges(wanted, "in 128 MB")


# The cgroup is made outside of the host, so it happens only when it is named.
NAMED_ONLY = [small_memory]
TROUBLES = [agents_at_once, stopped_in_each_step, bad_hub, no_names, small_disk, apt_lock, clock_jumps, wrong_hash, needrestart_asks]


def main():
    fixtures.make({})
    host.sh("chown", "-R", "ops:ops", fixtures.HERE)
    host.begin()
    clean = host.agent("apply")
    expect(clean.returncode == 0, f"the clean run ended with {clean.returncode}: {clean.stderr}")
    wanted = host.look()
    named = [trouble for trouble in TROUBLES + NAMED_ONLY if trouble.__name__ in sys.argv[1:]]
    chosen = named or TROUBLES
    for trouble in chosen:
        before = len(wrong)
        trouble(wanted)
        print(f"{'ok' if len(wrong) == before else 'FAILED'} {trouble.__name__}: {trouble.__doc__}", flush=True)
    print(f"trouble: {len(chosen)} kinds, {len(wrong)} things wrong")
    sys.exit(1 if wrong or not chosen else 0)


main()
