"""cut_host.py prepare RELEASE | begin STEP EVENT | judge: in the machine, the parts of a power cut, of which power_cut.py makes a case."""

import json
import os
import subprocess
import sys

import fixtures
import host
import receipt

WANTED = "/srv/faults-wanted.json"
PACKAGE = "tree"
# Which event ends a step, by what the step did.
ENDS = {"step_finished", "step_satisfied"}
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
    # Without what packages have: copying it takes an emulated machine minutes.
    host.begin(host.PLACES)
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
        wrong, things = receipt.judged(json.load(file))
    print(json.dumps({"wrong": wrong, "done": things}))


{"prepare": prepare, "begin": begin, "judge": judge}[sys.argv[1]](*sys.argv[2:])
