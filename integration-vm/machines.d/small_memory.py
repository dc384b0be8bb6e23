"""small_memory.py: in the machine, a run in a unit with MemoryMax=128M and no swap, for a set of data that is packed with half as much.

What the kernel counted is looked at besides the run's end: a bound that nothing came near to would show nothing.
"""

import os
import sys

import fixtures
import host

LIMIT = 128 << 20
UNIT = "small-memory"
CGROUP = f"/sys/fs/cgroup/system.slice/{UNIT}.service"
COUNTS = "/run/small-memory"
LARGE = "/btrfs/projects/large/large.bin"


def main():
    fixtures.make({"os_release": ["debian-12", "debian-13"], "data": [fixtures.large()]})
    host.sh("chown", "-R", "ops:ops", fixtures.HERE)
    # What the kernel counted is read in the unit: systemd 252 forgets an ExecStopPost=+ of such a unit when it reads units anew.
    run = host.sh("systemd-run", f"--unit={UNIT}", "--wait", "--collect", "--pipe", f"--property=MemoryMax={LIMIT}",
                  "--property=MemorySwapMax=0", "sh", "-c",
                  'setpriv --reuid=ops --regid=ops --clear-groups env HOME=/home/ops USER=ops "$@"; code=$?; '
                  f"cat {CGROUP}/memory.peak {CGROUP}/memory.events >{COUNTS}; exit $code",
                  "sh", host.AGENT, "apply", "--config", fixtures.CONFIG)
    with open(COUNTS) as file:
        peak, *lines = file.read().splitlines()
    events = dict(line.split() for line in lines)
    wrong = [] if run.returncode == 0 else [f"ended with {run.returncode}: {run.stdout[-800:]}{run.stderr[-1500:]}"]
    wrong += [] if events["oom_kill"] == "0" else [f"the kernel killed: {events}"]
    wrong += [] if LIMIT // 2 < int(peak) <= LIMIT else [f"at its height it took {peak} bytes"]
    wrong += [] if os.path.exists(LARGE) and os.path.getsize(LARGE) == 80 << 20 else ["the data is not there"]
    plan = host.agent("plan")
    wrong += [] if plan.returncode == 0 else [f"plan ended with {plan.returncode}: {plan.stdout}"]
    print(f"small memory: at its height {int(peak) >> 20} MiB of {LIMIT >> 20}, pushed back {events['max']} times, "
          f"{len(wrong)} things wrong")
    print("".join(f"    {line}\n" for line in wrong), end="")
    sys.exit(1 if wrong else 0)


main()
