# shellcheck shell=bash
# What makes a copy of the tree this host: name, user, trust, names it can resolve, cloud-init's seed.

furnish_host() {
    local name=$1 user=$2 sudoer=$3 user_data=$4 os_release=$5 root
    root=$(host_dir "$name")/merged
    echo "$name" >"$root/etc/hostname"
    write_hosts "$name"
    trust_authority "$root"
    add_user "$root" "$user" "$sudoer"
    [[ -z $os_release ]] || install -m 0644 "$os_release" "$root/usr/lib/os-release"
    if [[ -n $user_data ]]; then
        seed_cloud_init "$root" "$name" "$user_data"
    else
        # It would cost a second of every boot to find nothing.
        touch "$root/etc/cloud/cloud-init.disabled"
    fi
}

add_user() {
    local root=$1 user=$2 sudoer=$3
    chroot "$root" useradd --create-home --shell /bin/bash "$user"
    ! $sudoer || install -m 0440 /dev/stdin "$root/etc/sudoers.d/90-$user" <<<"$user ALL=(ALL) NOPASSWD:ALL"
}

seed_cloud_init() {
    local root=$1 name=$2 user_data=$3
    install -d -m 0755 "$root/var/lib/cloud/seed/nocloud"
    install -m 0600 "$user_data" "$root/var/lib/cloud/seed/nocloud/user-data"
    printf 'instance-id: %s-%s\nlocal-hostname: %s\n' "$name" "$(date +%s%N)" "$name" \
        >"$root/var/lib/cloud/seed/nocloud/meta-data"
}

# sudo warns of a host that cannot resolve its own name.
write_hosts() {
    local hosts
    hosts=$(host_dir "$1")/merged/etc/hosts
    printf '127.0.0.1 localhost\n::1 localhost\n127.0.1.1 %s\n' "$1" >"$hosts"
    [[ ! -s $FRONT_DIR/hosts ]] || cat "$FRONT_DIR/hosts" >>"$hosts"
}

scope_hosts() { find "$SCOPE_DIR" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' 2>/dev/null | sort; }

write_all_hosts() {
    local name
    for name in $(scope_hosts); do
        ! mountpoint -q "$(host_dir "$name")/merged" || write_hosts "$name"
    done
}
