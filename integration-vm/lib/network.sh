# shellcheck shell=bash
# A private network namespace per host, joined to the machine by a veth and to nothing else.

ensure_network() {
    [[ -e /run/netns/$PREFIX-$1 ]] || with_lock machine claim_network "$1"
}

claim_network() {
    local namespace=$PREFIX-$1 number taken link
    taken=$(ip -4 -oneline address show)
    for number in {0..253}; do
        [[ $taken == *" $NETWORK.$number.1/"* ]] || break
    done
    [[ $taken != *" $NETWORK.$number.1/"* ]] || die "no free network left in $NETWORK.0.0/16"
    link=$PREFIX-$number
    ip netns add "$namespace"
    ip link add "$link" type veth peer name host0 netns "$namespace"
    ip address add "$NETWORK.$number.1/30" dev "$link"
    ip link set "$link" up
    ip -n "$namespace" link set lo up
    ip -n "$namespace" address add "$NETWORK.$number.2/30" dev host0
    ip -n "$namespace" link set host0 up
    ip -n "$namespace" route add "$SERVICES_ROUTE" via "$NETWORK.$number.1"
    printf '%s' "$number" >"$(host_dir "$1")/network"
}

release_network() {
    local number
    if number=$(cat "$(host_dir "$1")/network" 2>/dev/null); then
        ip link delete "$PREFIX-$number" 2>/dev/null || true
    fi
    [[ ! -e /run/netns/$PREFIX-$1 ]] || ip netns delete "$PREFIX-$1"
}

testhost_address() {
    require_host "${1:-}"
    printf '%s.%s.2\n' "$NETWORK" "$(<"$(host_dir "$1")/network")"
}
