# shellcheck shell=bash
# The disk under the bootstrap root fails, and is good again.

bad_disk() {
    bare_machine bad-disk "$1" --data-disk 2G
    play bad-disk bad_disk.py "${@:2}"
    machine down bad-disk
    passed "bad disk on $1"
}
