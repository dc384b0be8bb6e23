"""power_cut.py VM AGENT RELEASE [STEP …]: cuts a machine's power when each step of a first run begins, and when it has ended.

Each case: memory and disk are as before the first run, a run begins, and QEMU is killed when the run says that the step has
begun, or ended. It has cache=writeback: what the machine's kernel had sent to its disk is there, what only its page cache
held is lost, and so is what QEMU had not yet written of the image's own tables, but for what was asked to be flushed. After
the next boot what the receipt calls done must be on the disk, by content, as after a clean run; and one more run must end
with 0 and leave the host of a clean run.
"""

import json
import os
import socket
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
PLAYER = ["env", "FAULTS_PATIENCE=1200", "python3", "-B", "/srv/faults/cut_host.py"]
NAME = "power-cut"


def vm(*arguments, check=True):
    done = subprocess.run([VM, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if check and done.returncode != 0:
        raise SystemExit(f"vm {' '.join(arguments)} ended with {done.returncode}: {done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done


def make_machine(agent, release):
    """A machine with all that the run needs, but for what the run makes; saved. Returns the steps of a clean run."""
    vm("up", NAME, "--release", release)
    vm("push", NAME, agent, "/usr/local/bin/host-bootstrap")
    vm("push", NAME, f"{HERE}/../faults.d", "/srv/faults")
    vm("push", NAME, HERE, "/srv/faults")
    steps = json.loads(vm("run", NAME, *PLAYER, "prepare", release).stdout.splitlines()[-1])
    vm("save", NAME, "fresh")
    return steps


def play(step, moment):
    """What is wrong after one case; how many things were called done."""
    vm("rewind", NAME, "fresh")
    folder = vm("path", NAME).stdout.strip()
    with socket.socket(socket.AF_UNIX) as events:
        events.settimeout(600)
        events.connect(f"{folder}/events")
        with subprocess.Popen([VM, "run", NAME, *PLAYER, "begin", step, moment], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as run:
            said = b""
            while not said.endswith(b"\n"):
                said += events.recv(1)
            vm("cut", NAME)
            run.communicate()
    if said.strip() != b"now":
        return [f"the run did not come there: {said!r}"], 0
    vm("boot", NAME)
    judged = vm("run", NAME, *PLAYER, "judge", check=False)
    try:
        found = json.loads(judged.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        return [f"no judgement: {judged.stdout[-2000:]}{judged.stderr[-2000:]}"], 0
    return found["wrong"], found["done"]


def main():
    agent, release, *wanted = sys.argv[2:]
    steps = [step for step in make_machine(agent, release) if not wanted or step in wanted]
    cases = failed = things = 0
    for step in steps:
        for moment in ("step_started", "step_finished"):
            wrong, done = play(step, moment)
            cases += 1
            things += done
            failed += bool(wrong)
            print(f"{'FAILED' if wrong else 'held'}: power cut at {moment} of {step}, {done} things called done", flush=True)
            print("".join(f"    {line}\n" for line in wrong[:12]), end="", flush=True)
    print(f"power cut: {cases} cuts in {len(steps)} steps on {release}, {things} things called done, {failed} cuts lost something")
    sys.exit(1 if failed or cases == 0 else 0)


VM = sys.argv[1]
main()
