"""bad_disk.py [STEP ...]: in the machine, the bootstrap root's disk takes no more writes from where a step begins, for each step.

The disk is one of dm-flakey's: a write fails with EIO, a read does not, until the disk is good again. What the run then says
must be true: it fails with a hint, and what the receipt on the disk calls done is there, by content, once the disk was unmounted,
checked and mounted anew. One more run must end with 0 and leave the host of a clean run.
"""

import json
import os
import signal
import subprocess
import sys
import time

import fixtures
import host
import receipt

DISK = "/dev/disk/by-id/virtio-data"
NAME = "bad-disk"
DEVICE = f"/dev/mapper/{NAME}"
CODES = (1, 4, 5)


def must(*command):
    done = host.sh(*command)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stdout[-500:]}{done.stderr[-500:]}")
    return done.stdout


def table(target, more=""):
    return f"0 {must('blockdev', '--getsz', DISK).strip()} {target} {DISK} 0 {more}".strip()


def disk_becomes(target, more=""):
    # The file system is not told beforehand, or it would write all that it has.
    for command in (["suspend", "--nolockfs", "--noflush", NAME], ["load", NAME, "--table", table(target, more)], ["resume", NAME]):
        must("dmsetup", *command)


def break_disk():
    disk_becomes("flakey", "0 3600 1 error_writes")


def mount():
    must("mount", DEVICE, fixtures.ROOT)


def mend_disk():
    """As after the disk was changed for a good copy: what only memory held is gone."""
    host.sh("systemctl", "stop", fixtures.UNIT)
    deadline = time.monotonic() + 60
    while (done := host.sh("umount", fixtures.ROOT)).returncode != 0:
        if time.monotonic() > deadline:
            sys.exit(f"the disk is in use: {done.stderr}{host.sh('fuser', '-vm', fixtures.ROOT).stderr}")
        time.sleep(0.5)
    disk_becomes("linear")
    checked = host.sh("e2fsck", "-p", DEVICE)
    if checked.returncode > 1:
        sys.exit(f"the disk was not mended: {checked.stdout}{checked.stderr}")
    mount()
    # What the check found without a name is nobody's.
    for name in os.listdir(f"{fixtures.ROOT}/lost+found"):
        host.remove(f"{fixtures.ROOT}/lost+found/{name}")
    if os.path.exists(f"/etc/systemd/system/multi-user.target.wants/{fixtures.UNIT}"):
        host.sh("systemctl", "start", fixtures.UNIT)


def prepare():
    """The root on a disk that can be broken; what a clean run leaves there, and its steps; then the host as before it."""
    must("modprobe", "dm-flakey")
    must("dmsetup", "create", NAME, "--table", table("linear"))
    must("mkfs.ext4", "-q", DEVICE)
    os.makedirs(fixtures.ROOT)
    mount()
    must("chown", "ops:ops", fixtures.ROOT)
    fixtures.make({"os_release": ["debian-12", "debian-13"]})
    must("chown", "-R", "ops:ops", fixtures.HERE)
    # Without what packages have: copying it takes an emulated machine minutes.
    host.begin(host.PLACES)
    run = host.agent("apply", "--json", "--no-parallel")
    if run.returncode != 0:
        sys.exit(f"the clean run ended with {run.returncode}: {run.stderr}")
    events = [json.loads(line) for line in run.stdout.splitlines()]
    return host.look(), [event["step"] for event in events if event["event"] == "step_started"]


def run_into(step):
    """A run whose disk breaks when the step begins: its exit code and its errors."""
    line = [host.AGENT, "apply", "--json", "--no-parallel", "--config", fixtures.CONFIG]
    with open("/run/bad-disk.errors", "w+") as errors:
        with subprocess.Popen(line, cwd=fixtures.HOME, env=host.ENVIRONMENT, user=1000, group=1000, extra_groups=[],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors) as run:
            for text in run.stdout:
                event = json.loads(text)
                if event.get("step") == step and event["event"] == "step_started":
                    # It would go on while the disk breaks.
                    run.send_signal(signal.SIGSTOP)
                    break_disk()
                    run.send_signal(signal.SIGCONT)
        errors.seek(0)
        return run.returncode, errors.read()


def play(step, wanted):
    """What is wrong after one case, how the run ended, what it said, and how many things were called done."""
    host.reset()
    os.sync()
    code, words = run_into(step)
    mend_disk()
    wrong = []
    if code == 0:
        # It may have had nothing left to write; then all of it is there.
        wrong += [f"ended with 0, but {line}" for line in host.differences(wanted, host.look())]
    elif code not in CODES or "hint" not in words:
        wrong.append(f"ended with {code}: {words[-1500:]}")
    more, things = receipt.judged(wanted)
    said = next((line.strip() for line in words.splitlines() if "error: " in line), "nothing")
    return wrong + more, code, said, things


def main():
    wanted, steps = prepare()
    cases = failed = told = 0
    for step in [step for step in steps if not sys.argv[1:] or step in sys.argv[1:]]:
        wrong, code, said, things = play(step, wanted)
        cases += 1
        failed += bool(wrong)
        told += code != 0
        print(f"{'FAILED' if wrong else 'held'}: no writes from {step} on: ended with {code}, {things} things called done: {said}", flush=True)
        print("".join(f"    {line}\n" for line in wrong[:12]), end="", flush=True)
    print(f"bad disk: {cases} steps, {told} runs failed of it, {failed} cases lost something or said it wrongly")
    sys.exit(1 if failed or told == 0 else 0)


main()
