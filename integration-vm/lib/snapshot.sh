# shellcheck shell=bash
# A listing of a host's files, to compare two hosts or one host before and after.

# What differs between any two boots, and what the harness itself writes.
VOLATILE=(/proc /sys /dev /run /tmp /var/tmp /var/log /var/cache /var/lib/systemd /var/lib/cloud
    /var/lib/apt/lists /etc/machine-id /etc/hostname /etc/hosts)

# Columns: path, type, mode, owner, size, SHA-256 or link target. Mounts below are listed only when they are
# given themselves, so a listing of / is what is on the disk.
# shellcheck disable=SC2016
LIST_FILES='
    volatile=$1; shift
    find "$@" -xdev -regextype posix-extended -regex "($volatile)(/.*)?" -prune -o -type f -print0 |
        xargs -0 -r sha256sum >/run/testhost-sums
    find "$@" -xdev -regextype posix-extended -regex "($volatile)(/.*)?" -prune -o \
        -printf "%p\t%y\t%m\t%U:%G\t%s\t%l\n" |
        awk -F "\t" -v OFS="\t" "
            BEGIN { while ((getline line <\"/run/testhost-sums\") > 0) sums[substr(line, 67)] = substr(line, 1, 64) }
            \$2 == \"f\" { \$6 = sums[\$1] }
            \$2 != \"f\" { \$5 = \"-\" }
            { print }" | LC_ALL=C sort
    rm /run/testhost-sums'

testhost_snapshot() {
    require_host "${1:-}"
    local name=$1 out=${2:?snapshot needs a file to write} volatile paths=("${@:3}")
    if ((${#paths[@]} == 0)); then
        volatile=$(printf '|%s' "${VOLATILE[@]}")
        paths=(/)
    else
        volatile='|/proc|/sys'
    fi
    in_files "$name" sh -c "$LIST_FILES" sh "${volatile#|}" "${paths[@]}" >"$out"
}
