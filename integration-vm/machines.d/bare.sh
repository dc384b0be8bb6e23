# shellcheck shell=bash
# A machine that is nothing yet but a Debian with the agent in it, and the agent asked there.

# bare_machine NAME RELEASE [OPTION …] — with btrfs-progs, and the parts of cases that run inside.
bare_machine() {
    local name=$1 folder
    machine up "$name" --release "$2" "${@:3}"
    machine push "$name" "$DIST/host-bootstrap-$(uname -m)" /usr/local/bin/host-bootstrap
    for folder in faults.d machines.d; do machine push "$name" "$HERE/$folder" /srv/faults; done
    on "$name" env DEBIAN_FRONTEND=noninteractive sh -c '
        { apt-get -q update && apt-get -q -y install --no-install-recommends btrfs-progs; } >/run/apt.log 2>&1 ||
            { cat /run/apt.log >&2; exit 1; }'
}

# play NAME FILE [ARGUMENT …] — a part of a case, inside.
play() { on "$1" env FAULTS_PATIENCE=1200 python3 -B "/srv/faults/$2" "${@:3}"; }

# agent NAME COMMAND … — as its user, by the config that was put there.
agent() { on "$1" --user ops /usr/local/bin/host-bootstrap "${@:2}" --config /srv/host.json; }

# Which steps another run changes.
changed_steps() {
    agent "$1" apply --json | python3 -c '
import json, sys
events = [json.loads(line) for line in sys.stdin]
print(" ".join([event["step"] for event in events if event.get("changed")]
    + ([] if events[-1]["event"] == "run_finished" else ["no end"])))'
}
