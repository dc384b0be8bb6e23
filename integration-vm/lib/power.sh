# shellcheck shell=bash
# Power: booting a host, shutting it down, and pulling its plug.

BOOT_SECONDS=${TESTHOST_BOOT_SECONDS:-120}

testhost_boot() {
    require_host "${1:-}"
    ! host_runs "$1" || die "\"$1\" runs already"
    start_proxy
    ensure_network "$1"
    mount_layers "$1"
    launch "$1"
    wait_for_boot "$1"
}

launch() {
    local name=$1 dir root device cgroups=() arguments
    dir=$(host_dir "$name")
    for root in $(cgroup_roots); do
        mkdir -p "$root/$PREFIX-$name"
        cgroups+=("$root/$PREFIX-$name/cgroup.procs")
    done
    arguments=(--machine="$name" --directory="$dir/merged" --boot --quiet --register=no --keep-unit
        --console=pipe --kill-signal=SIGRTMIN+3 --resolv-conf=off --timezone=off --link-journal=no
        --hostname="$name" --network-namespace-path="/run/netns/$PREFIX-$name")
    for device in /dev/loop-control /dev/btrfs-control /dev/loop[0-9]*; do
        [[ ! -e $device ]] || arguments+=("--bind=$device")
    done
    # The inner shell moves itself first: nspawn makes the host's cgroups below its own. An empty environment
    # keeps the caller's secrets and nspawn's own switches out.
    # shellcheck disable=SC2016
    setsid bash -c '
        while [[ $1 != -- ]]; do echo $$ >"$1" && shift || exit 1; done
        shift
        exec env -i PATH="$PATH" SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn "$@"
    ' launch "${cgroups[@]}" -- "${arguments[@]}" </dev/null >>"$dir/console.log" 2>&1 9>&- &
    printf '%s' $! >"$dir/nspawn"
}

wait_for_boot() {
    if wait_until "$BOOT_SECONDS" answers_or_died "$1" && answers "$1" && settles "$1"; then return; fi
    die "\"$1\" did not boot; its console: $(tail -n 15 "$(host_dir "$1")/console.log" | sed 's/^/  /')"
}

answers() { inside "$1" systemctl is-system-running 2>/dev/null | grep -qE 'initializing|starting|running|degraded'; }

answers_or_died() { answers "$1" || { sleep 0.05 && ! kill -0 "$(<"$(host_dir "$1")/nspawn")" 2>/dev/null; }; }

# Running, or degraded: which unit failed is the scenario's business.
settles() {
    local state
    [[ ! -e $(host_dir "$1")/no-wait ]] || return 0
    state=$(inside "$1" timeout "$BOOT_SECONDS" systemctl is-system-running --wait 2>/dev/null) || true
    [[ $state == running || $state == degraded ]]
}

testhost_stop() {
    require_host "${1:-}"
    host_runs "$1" || return 0
    kill -TERM "$(<"$(host_dir "$1")/nspawn")"
    wait_until 90 host_is_dead "$1" || die "\"$1\" does not stop; testhost kill $1 ends it"
    remove_cgroup "$1"
}

testhost_kill() {
    require_host "${1:-}"
    kill_cgroup "$1"
    remove_cgroup "$1"
}
