# shellcheck shell=bash
# MemoryMax= around the agent, its helper and all that they start.

small_memory() {
    local work
    bare_machine small-memory "$1"
    # Packed here: it takes an emulated processor minutes.
    work=$(mktemp -d)
    python3 -B - "$HERE/faults.d" "$work" <<'PYTHON' && machine push small-memory "$work" /srv/fixtures
import sys
sys.path.insert(0, sys.argv[1])
import fixtures
fixtures.HERE = sys.argv[2]
fixtures.large()
PYTHON
    rm -r "$work"
    play small-memory small_memory.py
    machine down small-memory
    passed "small memory on $1"
}
