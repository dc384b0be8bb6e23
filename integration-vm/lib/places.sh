# shellcheck shell=bash
# shellcheck disable=SC2034 # read by the other parts
# Where things are, and what they are called.
#
# A host belongs to the checkout that made it: checkouts share trees and downloads, but never see,
# sweep or count each other's hosts.

CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/host-bootstrap/test-hosts
SCOPE=$(printf %s "$TESTHOST_HOME" | sha256sum | cut -c1-6)

# Network namespaces, veths and cgroups bear it: interface names hold 15 characters.
PREFIX=hb$SCOPE
SCOPE_DIR=$CACHE/hosts/$SCOPE
FRONT_DIR=$CACHE/fronts/$SCOPE

# A host's veth is 10.213.N.0/30; proxy and front live on the machine's loopback.
NETWORK=10.213
PROXY_ADDRESS=$NETWORK.255.1
PROXY_PORT=31420
SERVICES_ROUTE=$NETWORK.254.0/23

host_dir() { printf '%s/%s' "$SCOPE_DIR" "$1"; }

use_scope() {
    SCOPE=$1
    PREFIX=hb$1
    SCOPE_DIR=$CACHE/hosts/$1
    FRONT_DIR=$CACHE/fronts/$1
}

require_name() {
    [[ ${1:-} =~ ^[a-z0-9][a-z0-9-]{0,30}$ ]] ||
        die_usage "a host's name is lower-case letters, digits and dashes, not \"${1:-}\""
}

require_host() {
    require_name "${1:-}"
    [[ -d $(host_dir "$1") ]] || die "no host \"$1\" (testhost list)"
}

# with_lock LOCK COMMAND … — runs it while nobody else runs anything under LOCK.
# Descriptor 9 is the lock: what stays running must close it.
with_lock() {
    mkdir -p "$CACHE/locks"
    (
        flock 9
        "${@:2}"
    ) 9>"$CACHE/locks/$1"
}

# wait_until SECONDS COMMAND … — tries it until it succeeds.
wait_until() {
    local deadline=$((SECONDS + $1))
    until "${@:2}"; do
        ((SECONDS <= deadline)) || return 1
        sleep 0.05
    done
}
