"""cut_host.py prepare RELEASE | begin STEP EVENT | judge: in the machine, the parts of a power cut, of which power_cut.py makes a case.

It looks at the disk by itself: what the receipt calls done is held against a listing of a clean run, not against the agent's word.
"""

import json
import os
import subprocess
import sys

import fixtures
import host

WANTED = "/srv/faults-wanted.json"
RECEIPT = f"{fixtures.ROOT}/bootstrap/state.json"
PACKAGE = "tree"
# Which event ends a step, by what the step did.
ENDS = {"step_finished", "step_satisfied"}
DONE = {"changed", "satisfied", "degraded"}
# Where a second look at the second line's device would begin: what is written there leaves the machine at once.
EVENTS = "/dev/ttyS1"


def prepare(release):
    """What a run that nothing happens to leaves; then the host as before it. Prints the run's steps."""
    for command in (["apt-get", "-q", "update"], ["apt-get", "-q", "-y", "install", "--no-install-recommends", "btrfs-progs"],
                    ["apt-get", "-q", "-y", "-d", "install", PACKAGE]):
        done = host.sh("env", "DEBIAN_FRONTEND=noninteractive", *command)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}: {done.stdout[-500:]}{done.stderr[-500:]}")
    # From here on it is a machine that has had its first boot.
    with open("/etc/cloud/cloud-init.disabled", "w"):
        pass
    fixtures.make({"apt_packages": ["btrfs-progs", PACKAGE], "os_release": ["debian-12", "debian-13"]})
    host.sh("chown", "-R", "ops:ops", fixtures.HERE)
    host.remember()
    run = host.agent("apply", "--json")
    if run.returncode != 0:
        sys.exit(f"the clean run ended with {run.returncode}: {run.stderr}")
    events = [json.loads(line) for line in run.stdout.splitlines()]
    with open(WANTED, "w") as file:
        json.dump(host.look(), file)
    host.reset()
    host.sh("apt-get", "-q", "-y", "purge", PACKAGE)
    os.sync()
    print(json.dumps([event["step"] for event in events if event["event"] == "step_started"]))


def begin(step, moment):
    """The run that does not see its end: says so outside as soon as the step is there."""
    line = [host.AGENT, "apply", "--json", "--config", fixtures.CONFIG]
    moments = {moment} if moment == "step_started" else ENDS
    with open(EVENTS, "wb", buffering=0) as outside:
        with subprocess.Popen(line, cwd=fixtures.HOME, env=host.ENVIRONMENT, user=1000, group=1000, extra_groups=[],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as run:
            for event in map(json.loads, run.stdout):
                if event.get("step") == step and event["event"] in moments:
                    outside.write(b"now\n")
        # Whoever cuts too late is told.
        outside.write(b"over\n")


def judge():
    """The machine is on again: what was called done, is it there? And does one run make it whole?"""
    with open(WANTED) as file:
        wanted = json.load(file)
    found = host.look()
    wrong, things = lost(wanted, found)
    again = host.agent("apply")
    wrong += [] if again.returncode == 0 else [f"the next run ended with {again.returncode}: {again.stderr[-1500:]}"]
    wrong += host.differences(wanted, host.look())
    verified = host.sh(host.AGENT, "status", "--verify", "--root", fixtures.ROOT)
    wrong += [] if verified.returncode == 0 else [f"status --verify ended with {verified.returncode}: {verified.stdout[-800:]}"]
    plan = host.agent("plan")
    wrong += [] if plan.returncode == 0 else [f"plan ended with {plan.returncode}: {plan.stdout}"]
    print(json.dumps({"wrong": wrong, "done": things}))


def lost(wanted, found):
    """What differs of the things that steps own which the receipt calls done; and how many things those are."""
    if not os.path.exists(RECEIPT):
        return [], 0
    with open(RECEIPT, "rb") as file:
        receipt = json.load(file)
    wrong, things = [], 0
    for name, step in receipt["steps"].items():
        if step["status"] in DONE:
            for thing in step.get("owned") or []:
                things += 1
                wrong += [f"{name} is {step['status']}, but {words}" for words in missing(thing, wanted, found)]
    # The marker says that all of it is there.
    if os.path.exists(f"{fixtures.ROOT}/.bootstrap_done"):
        wrong += [f"the marker is there, but {words}" for words in host.differences(wanted, found)]
    return wrong, things


def missing(thing, wanted, found):
    """What differs from the clean run at and, for what is owned as a whole, below one thing."""
    kind, path = thing["kind"], thing["name"]
    if kind == "package":
        state = host.sh("dpkg-query", "-W", "-f", "${db:Status-Status}", path).stdout
        files = host.sh("dpkg", "--verify", path).stdout.strip()
        return ([f"package {path} is {state}"] if state != "installed" else []) + ([files] if files else [])
    if kind == "unit":
        path = f"/etc/systemd/system/{path}"
    if kind == "image":
        path = found["mounts"] and "/btrfs"
        if not path:
            return [f"the image {thing['name']} is not mounted"]
    whole = kind in ("tree", "bundle", "data")
    # That a version was seen healthy is a later step's to write down.
    mine = {name for name in wanted.keys() | found.keys()
            if name == path or (whole and name.startswith(path + "/") and not name.endswith(".healthy"))}
    return host.differences({name: wanted[name] for name in mine & wanted.keys()},
                            {name: found[name] for name in mine & found.keys()})


{"prepare": prepare, "begin": begin, "judge": judge}[sys.argv[1]](*sys.argv[2:])
