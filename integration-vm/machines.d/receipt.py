"""Whether a host that something happened to is what its receipt says, and becomes whole by one more run.

The disk is looked at here: what the receipt calls done is held against a listing of a clean run, not against the agent's word.
"""

import json
import os

import fixtures
import host

RECEIPT = f"{fixtures.ROOT}/bootstrap/state.json"
DONE = {"changed", "satisfied", "degraded"}


def judged(wanted):
    """What is wrong now and after one more run; how many things were called done."""
    wrong, things = lost(wanted, host.look())
    again = host.agent("apply")
    wrong += [] if again.returncode == 0 else [f"the next run ended with {again.returncode}: {again.stderr[-1500:]}"]
    wrong += host.differences(wanted, host.look())
    verified = host.sh(host.AGENT, "status", "--verify", "--root", fixtures.ROOT)
    wrong += [] if verified.returncode == 0 else [f"status --verify ended with {verified.returncode}: {verified.stdout[-800:]}"]
    plan = host.agent("plan")
    wrong += [] if plan.returncode == 0 else [f"plan ended with {plan.returncode}: {plan.stdout}"]
    return wrong, things


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
