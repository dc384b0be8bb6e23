# shellcheck shell=bash
# Every host has its own cgroup: it tells what runs in the host, and kills all of it at once.

# The hierarchies in which a host needs a place of its own; the unified one first.
cgroup_roots() {
    if [[ $(stat -f -c %T /sys/fs/cgroup) == cgroup2fs ]]; then
        echo /sys/fs/cgroup
    else
        printf '%s\n' /sys/fs/cgroup/unified /sys/fs/cgroup/systemd
    fi
}

host_cgroup() { printf '%s/%s-%s' "$(cgroup_roots | head -n 1)" "$PREFIX" "$1"; }

host_runs() { grep -q '^populated 1' "$(host_cgroup "$1")/cgroup.events" 2>/dev/null; }

host_is_dead() { ! host_runs "$1"; }

kill_cgroup() {
    ! host_runs "$1" || echo 1 >"$(host_cgroup "$1")/cgroup.kill"
    wait_until 20 host_is_dead "$1" || die "processes of \"$1\" survive SIGKILL: $(host_cgroup "$1")"
}

remove_cgroup() {
    local root
    for root in $(cgroup_roots); do
        [[ ! -d $root/$PREFIX-$1 ]] || find "$root/$PREFIX-$1" -depth -type d -exec rmdir {} +
    done
}

# The host's PID 1, seen from here.
host_leader() { head -n 1 "$(host_cgroup "$1")/payload/init.scope/cgroup.procs" 2>/dev/null | grep .; }

testhost_pid() {
    require_host "${1:-}"
    host_leader "$1" || die "\"$1\" does not run"
}
