"""play.py [--package NAME] SHARE SECONDS FAULTS: in a booted host, lets every state-changing call of a first run fail.

SHARE is "all", a part such as 2/4, or how many cases are drawn; none begins after SECONDS. FAULTS are of kill, ENOSPC,
EIO, with commas. With a package that is not there yet, the calls are those of apt and dpkg, instead of the agent's own.
Each case: a fresh host, a run that meets the fault at one call, a look at how it ended, a second run, which must
end well, and then the host must be that of a clean run, and plan find nothing to do. Prints the counts; exit 1 when a
case fails.
"""

import argparse
import collections
import errno
import random
import sys
import time

import fixtures
import host

# What a write can fail with, and what cannot happen to others.
NO_SPACE = {"open", "openat2", "write", "mkdir", "rename", "link", "symlink", "mknod", "fallocate", "truncate", "setxattr"}


def fail(words):
    print(f"faults: {words}")
    sys.exit(1)


def clean_run():
    """The calls of a run without a fault, counted, and what the host is like afterwards."""
    host.reset()
    run = host.agent("apply", fault="-")
    if run.returncode != 0:
        fail(f"the clean run ended with {run.returncode}: {run.stderr}")
    with open(host.CALLS) as file:
        calls = collections.Counter(file.read().splitlines())
    if host.agent("plan").returncode != 0:
        fail("the clean run does not converge")
    return calls, host.look()


def cases(calls, faults):
    """Each kind of call is met at its first, middle and last time."""
    for key, count in sorted(calls.items()):
        for fault in faults:
            if fault == "ENOSPC" and call_of(key) not in NO_SPACE:
                continue
            for nth in sorted({1, (count + 1) // 2, count}):
                yield fault, key, nth


def call_of(key):
    """Of "PROGRAM UID CALL PATH"."""
    return key.split(" ", 3)[2]


def play(fault, key, nth, wanted):
    """What is wrong after one case; whether the fault was met."""
    host.reset()
    code = "kill" if fault == "kill" else str(getattr(errno, fault))
    run = host.agent("apply", fault=code, key=key, nth=nth)
    with open(host.CALLS) as file:
        met = any(line.startswith("! ") for line in file)
    wrong = []
    if fault != "kill":
        wrong += judge(run, fault)
    again = host.agent("apply")
    if again.returncode != 0:
        wrong.append(f"the second run ended with {again.returncode}: {again.stderr[-1500:]}")
    found = host.look()
    wrong += host.differences(wanted, found)
    plan = host.agent("plan")
    if plan.returncode != 0:
        wrong.append(f"plan ended with {plan.returncode}: {plan.stdout}{plan.stderr}")
    return wrong, met, run


def judge(run, fault):
    """How a run may end that met an error."""
    if run.returncode == 0:
        return [] if "host matches the config" in run.stderr + run.stdout else ["ended with 0 and does not say so"]
    wrong = []
    if run.returncode not in (1, 4, 5):
        wrong.append(f"the run ended with {run.returncode}: {run.stderr[-800:]}")
    if "hint" not in run.stderr:
        wrong.append(f"no hint: {run.stderr[-800:]}")
    return wrong


def choose(every, share, seed):
    if share == "all":
        return every
    if "/" in share:
        part, parts = map(int, share.split("/"))
        return every[part - 1::parts]
    return random.Random(seed).sample(every, min(int(share), len(every)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--package")
    # The same cases each time unless asked for others: what a sample finds is then a change's doing.
    parser.add_argument("--seed", type=int, default=1)
    for name in ("share", "seconds", "faults"):
        parser.add_argument(name)
    options = parser.parse_args()
    share, seconds, faults = options.share, options.seconds, options.faults
    began = time.monotonic()
    fixtures.make({"apt_packages": ["btrfs-progs", options.package]} if options.package else {})
    host.sh("chown", "-R", "ops:ops", fixtures.HERE)
    if options.package:
        host.PLACES.extend(host.PLACES_OF_PACKAGES)
        host.sh("apt-get", "-qq", "-y", "-d", "install", options.package)
    host.begin()
    calls, wanted = clean_run()
    # What counts besides the tree differs by nothing from run to run, or no case could be judged.
    unsteady = host.differences(wanted, clean_run()[1])
    if unsteady:
        fail("two clean runs differ: " + "\n  ".join(unsteady))
    if options.package:
        calls = {key: count for key, count in calls.items() if key.startswith(("apt", "dpkg"))}
    every = list(cases(calls, faults.split(",")))
    chosen = choose(every, share, options.seed)
    played = unmet = 0
    failed, endings = [], collections.Counter()
    for fault, key, nth in chosen:
        if time.monotonic() - began > float(seconds):
            break
        wrong, met, run = play(fault, key, nth, wanted)
        played += met
        unmet += not met
        endings[run.returncode] += 1
        if wrong:
            failed.append(key)
            print(f"FAILED {fault} at {nth} of {calls[key]}: {key} (first run: {run.returncode})")
            print("\n".join(f"    {line}" for line in wrong[:12]), flush=True)
    # What the last case installed would be there already for whoever plays here next.
    host.reset()
    how = ", ".join(f"{count} with {code}" for code, count in sorted(endings.items()))
    print(f"faults: the runs that met one ended: {how}")
    print(f"faults: {sum(calls.values())} calls of {len(calls)} kinds, {len(every)} cases, {played} played ({faults}), "
          f"{unmet} met no such call, {len(failed)} do not converge")
    sys.exit(1 if failed or played == 0 else 0)


main()
