# shellcheck shell=bash
# Base trees: what a minimal cloud image holds, made by debootstrap once and shared as a lower layer.

TREE_PACKAGES=systemd,systemd-sysv,dbus,libpam-systemd,sudo,curl,wget,ca-certificates,openssh-client
TREE_PACKAGES+=,cloud-init,iproute2,procps,netbase,e2fsprogs

# testhost_tree RELEASE [DEBIAN-ARCH]
testhost_tree() {
    require_release "${1:-}"
    local arch=${2:-$(native_arch)} tree
    tree=$(tree_path "$1" "$arch")
    [[ -d $tree ]] || with_lock "tree-$1-$arch" ensure_tree "$1" "$arch" "$tree" || return
    touch "$tree"
    printf '%s\n' "$tree"
}

# Whatever changes the result is in the digest, so an old tree is never taken for a new one.
tree_path() {
    local digest
    digest=$({
        echo "$1 $2 $TREE_PACKAGES" "$(release_packages "$1")" "$(debootstrap_script "$1")"
        declare -f build_tree install_tree_packages settle_tree
        apt_sources "$1"
        machine_date_checks
    } | sha256sum | cut -c1-12)
    printf '%s/trees/%s-%s-%s' "$CACHE" "$1" "$2" "$digest"
}

ensure_tree() {
    local tree=$3 temporary
    [[ ! -d $tree ]] || return 0
    say "building the $1 tree for $2, once"
    mkdir -p "$CACHE/trees"
    # The lock is ours, so whatever is left here is of a build that was killed.
    rm -rf --one-file-system "$CACHE/trees/.building.$1-$2."*
    drop_old_trees
    temporary=$(mktemp -d "$CACHE/trees/.building.$1-$2.XXXXXX")
    start_proxy
    with_programs_of "$2" build_tree "$1" "$temporary" "$2" >"$CACHE/trees/$1-$2.log" 2>&1 ||
        die "the $1 tree failed: $(tail -n 5 "$CACHE/trees/$1-$2.log") (all of it: $CACHE/trees/$1-$2.log)"
    chmod 0755 "$temporary"
    mv -T "$temporary" "$tree"
    stop_unused_proxy
}

build_tree() {
    in_namespaces debootstrap --arch="$3" --variant=minbase --include=ca-certificates --keyring="$(archive_keyring "$1")" \
        --components="$(components "$1" | tr ' ' ,)" "$1" "$2" "$(mirror "$(distribution "$1")")" \
        "/usr/share/debootstrap/scripts/$(debootstrap_script "$1")" &&
        use_sources "$1" "$2" && install_tree_packages "$1" "$2" && settle_tree "$2"
}

# In mount and process namespaces of its own: a build that is killed leaves neither mounts nor children. A TMPDIR of the
# machine's is not there inside.
in_namespaces() { http_proxy=$PROXY_URL env -u TMPDIR unshare --mount --pid --fork --kill-child --mount-proc "$@"; }

use_sources() {
    local release=$1 root=$2
    rm -f "$root/etc/apt/sources.list"
    apt_sources "$release" >"$root/$(apt_sources_file "$release")"
    {
        printf 'Acquire::http::Proxy "%s";\n' "$PROXY_URL"
        machine_date_checks
    } >"$root/etc/apt/apt.conf.d/01testhost"
}

# debootstrap itself cannot configure what needs a working Python. All is as new as in today's images.
install_tree_packages() {
    export -f apt_in
    # shellcheck disable=SC2016
    in_namespaces bash -euc '
        mount -t proc proc "$1/proc"
        printf "#!/bin/sh\nexit 101\n" >"$1/usr/sbin/policy-rc.d"
        chmod 0755 "$1/usr/sbin/policy-rc.d"
        export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
        for words in update upgrade "install --no-install-recommends $2"; do
            apt_in "$1" $words
        done
        rm "$1/usr/sbin/policy-rc.d"
    ' bash "$2" "${TREE_PACKAGES//,/ } $(release_packages "$1")"
}

settle_tree() {
    local root=$1
    rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/archives/*.deb \
        "$root"/var/log/*.log "$root"/etc/{hostname,hosts,resolv.conf} "$root"/var/lib/dbus/machine-id
    mkdir -p "$root"/var/lib/apt/lists/partial
    # Nothing listens there: a name that is not in /etc/hosts fails at once.
    echo 'nameserver 127.0.0.1' >"$root/etc/resolv.conf"
    # An empty file means: not the first boot, and an id of its own for every host.
    : >"$root/etc/machine-id"
    echo 'LANG=C.UTF-8' >"$root/etc/default/locale"
    cat >"$root/etc/cloud/cloud.cfg.d/99-testhost.cfg" <<TEXT
datasource_list: [NoCloud, None]
network: {config: disabled}
locale: false
apt_preserve_sources_list: true
apt: {preserve_sources_list: true}
TEXT
    # Their timers would hold dpkg's lock at a moment nobody chose; a console has no one to log in.
    systemctl --root="$root" mask apt-daily.timer apt-daily-upgrade.timer console-getty.service
    mkdir -p "$root/var/log/journal"
}

drop_old_trees() {
    local tree
    find "$CACHE/trees" -mindepth 1 -maxdepth 1 -type d -name '[!.]*' -mtime +14 | while read -r tree; do
        grep -qF "lowerdir=$tree," /proc/self/mountinfo || rm -rf --one-file-system "$tree"
    done
}
