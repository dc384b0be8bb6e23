# shellcheck shell=bash
# What of ours is on the machine, and how it goes away.

testhost_sweep() {
    local scope
    case ${1:-} in
    '') sweep_scope ;;
    --all)
        for scope in $(all_scopes); do
            use_scope "$scope"
            sweep_scope
        done
        ;;
    *) die_usage "sweep: unknown option \"$1\"" ;;
    esac
    stop_unused_proxy
}

all_scopes() { find "$CACHE/hosts" "$CACHE/fronts" -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null | sort -u; }

# By what exists rather than by what was written down: a harness that was killed wrote down too little.
sweep_scope() {
    local name link
    for name in $(scope_hosts) $(our_cgroups) $(our_namespaces); do
        mkdir -p "$(host_dir "$name")"
        testhost_down "$name"
    done
    for link in $(our_links); do ip link delete "$link"; done
    testhost_unserve
}

our_cgroups() { cgroup_roots | while read -r root; do find "$root" -maxdepth 1 -name "$PREFIX-*" -printf '%f\n'; done | sed "s/^$PREFIX-//"; }

our_namespaces() { find /run/netns -name "$PREFIX-*" -printf '%f\n' 2>/dev/null | sed "s/^$PREFIX-//"; }

our_links() { ip -oneline link show | grep -oE " $PREFIX-[0-9]+" || true; }

testhost_leftovers() {
    local found
    # Apart, so that a look that fails is no look that found nothing.
    found=$(find_leftovers)
    findings "$found"
}

find_leftovers() {
    awk -v dir="$SCOPE_DIR/" 'index($5, dir) == 1 { print "mount", $5 }' /proc/self/mountinfo
    losetup --list --noheadings --output NAME,BACK-FILE | awk -v dir="$SCOPE_DIR/" 'index($2, dir) == 1 { print "loop", $0 }'
    local name
    for name in $(scope_hosts); do
        echo "host $name"
        host_loops "$name" | sed 's/^/loop /'
    done
    our_namespaces | sed 's/^/namespace /'
    our_links | sed 's/^/link/'
    our_cgroups | sort -u | sed 's/^/cgroup /'
    pgrep --full --list-full "$SCOPE_DIR/|$FRONT_DIR/" | sed 's/^/process /'
    [[ ! -d $FRONT_DIR ]] || echo "front $FRONT_DIR"
    if [[ -d $FRONT_DIR.baseline ]]; then
        baseline_differences links link_state
        baseline_differences sysctls sysctl_state
    fi
}

testhost_baseline() {
    mkdir -p "$FRONT_DIR.baseline"
    link_state >"$FRONT_DIR.baseline/links"
    sysctl_state >"$FRONT_DIR.baseline/sysctls"
}

# Without any checkout's veths: other people's hosts come and go.
link_state() { ip -oneline link show | grep -vE '^[0-9]+: hb[0-9a-f]{6}-' | cut -d: -f2- | sed 's/ qlen [0-9]*//' || true; }

# Without what counts by itself.
sysctl_state() {
    sysctl -a 2>/dev/null | grep -vE "^net\..*\.hb[0-9a-f]{6}-|^fs\.(dentry-state|file-nr|inode-|quota)|^kernel\.(random|ns_last_pid|pty\.nr|perf)|conntrack_count" | sort
}

# Only what the baseline knows: a module that was loaded meanwhile brings keys of its own.
baseline_differences() {
    "$2" | comm -23 "$FRONT_DIR.baseline/$1" - | sed "s/^/changed since baseline: was /"
}
