# shellcheck shell=bash
# Base trees: what a minimal cloud image holds, made by debootstrap once and shared as a lower layer.

TREE_PACKAGES=systemd,systemd-sysv,dbus,libpam-systemd,sudo,curl,wget,ca-certificates,openssh-client
TREE_PACKAGES+=,cloud-init,iproute2,procps,netbase,e2fsprogs

testhost_tree() {
    [[ ${1:-} == bookworm || ${1:-} == trixie ]] || die_usage "tree: bookworm or trixie, not \"${1:-}\""
    [[ -d $(tree_path "$1") ]] || with_lock "tree-$1" ensure_tree "$1"
    touch "$(tree_path "$1")"
    tree_path "$1"
    echo
}

# Whatever changes the result is in the digest, so an old tree is never taken for a new one.
tree_path() {
    local digest
    digest=$({
        echo "$1 $TREE_PACKAGES" "$(mirror debian)"
        declare -f build_tree settle_tree
        apt_sources "$1"
        machine_date_checks
    } | sha256sum | cut -c1-12)
    printf '%s/trees/%s-%s' "$CACHE" "$1" "$digest"
}

ensure_tree() {
    local tree temporary
    tree=$(tree_path "$1")
    [[ ! -d $tree ]] || return 0
    say "building the $1 tree, once"
    mkdir -p "$CACHE/trees"
    # The lock is ours, so whatever is left here is of a build that was killed.
    rm -rf --one-file-system "$CACHE/trees/.building.$1."*
    drop_old_trees
    temporary=$(mktemp -d "$CACHE/trees/.building.$1.XXXXXX")
    start_proxy
    build_tree "$1" "$temporary" >"$CACHE/trees/$1.log" 2>&1 ||
        die "the $1 tree failed: $(tail -n 5 "$CACHE/trees/$1.log") (all of it: $CACHE/trees/$1.log)"
    chmod 0755 "$temporary"
    mv -T "$temporary" "$tree"
    stop_unused_proxy
}

# In mount and process namespaces of its own: a build that is killed leaves neither mounts nor children.
# debootstrap itself cannot configure what needs a working Python, so apt installs the packages afterwards.
build_tree() {
    # shellcheck disable=SC2016
    http_proxy=$PROXY_URL unshare --mount --pid --fork --kill-child --mount-proc bash -euc '
        debootstrap --variant=minbase --include=ca-certificates "$1" "$2" "$3"
        mount -t proc proc "$2/proc"
        printf "#!/bin/sh\nexit 101\n" >"$2/usr/sbin/policy-rc.d"
        chmod 0755 "$2/usr/sbin/policy-rc.d"
        export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
        chroot "$2" apt-get -q -y -o "Acquire::http::Proxy=$http_proxy" install --no-install-recommends ${4//,/ }
        rm "$2/usr/sbin/policy-rc.d"
    ' bash "$1" "$2" "$(mirror debian)" "$TREE_PACKAGES" &&
        settle_tree "$1" "$2"
}

settle_tree() {
    local release=$1 root=$2
    rm -rf "$root"/etc/apt/sources.list "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/archives/*.deb \
        "$root"/var/log/*.log "$root"/etc/{hostname,hosts,resolv.conf} "$root"/var/lib/dbus/machine-id
    mkdir -p "$root"/var/lib/apt/lists/partial
    apt_sources "$release" >"$root/etc/apt/sources.list.d/debian.sources"
    {
        printf 'Acquire::http::Proxy "%s";\n' "$PROXY_URL"
        machine_date_checks
    } >"$root/etc/apt/apt.conf.d/01testhost"
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
