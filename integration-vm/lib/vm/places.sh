# shellcheck shell=bash
# shellcheck disable=SC2034 # read by the other parts
# Where machines are: beside the hosts, so that what hosts share stays up for machines too.

MACHINES_DIR=$CACHE/hosts/$SCOPE-machines
MACHINE_KEY=$CACHE/machine-key

machine_dir() { printf '%s/%s' "$MACHINES_DIR" "$1"; }

require_machine() {
    require_name "${1:-}"
    [[ -d $(machine_dir "$1") ]] || die "no machine \"$1\" (vm list)"
}

vm_path() {
    require_machine "${1:-}"
    machine_dir "$1"
    echo
}

our_machines() { find "$MACHINES_DIR" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' 2>/dev/null | sort; }

# machine_setting NAME SETTING
machine_setting() { cat "$(machine_dir "$1")/$2"; }
