"""power.py clean|reset|begin|end: the parts of a death of the whole host, of which `faults power` makes a case."""

import json
import sys

import fixtures
import host

WANTED = "/srv/faults-wanted.json"


def clean():
    """What a run that nothing happens to leaves."""
    fixtures.make({})
    host.sh("chown", "-R", "ops:ops", fixtures.HERE)
    host.begin()
    run = host.agent("apply")
    with open(WANTED, "w") as file:
        json.dump(host.look(), file)
    return [] if run.returncode == 0 else [run.stderr]


def reset():
    """The host as before the first run."""
    host.reset()
    return []


def begin():
    """The run that does not see its end."""
    host.agent("apply")
    return []


def end():
    """The host is on again: one run makes it whole."""
    with open(WANTED) as file:
        wanted = json.load(file)
    again = host.agent("apply")
    wrong = [] if again.returncode == 0 else [f"ended with {again.returncode}: {again.stderr}"]
    wrong += host.differences(wanted, host.look())
    plan = host.agent("plan")
    return wrong + ([] if plan.returncode == 0 else [f"plan ended with {plan.returncode}: {plan.stdout}"])


found = {"clean": clean, "reset": reset, "begin": begin, "end": end}[sys.argv[1]]()
print("\n".join(found), end="")
sys.exit(1 if found else 0)
