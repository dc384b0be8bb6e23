# shellcheck shell=bash
# A machine's life: made by up, removed by down.

vm_up() {
    require_name "${1:-}"
    local name=$1 release='' arch user=ops user_data='' data_disk='' dir image
    arch=$(uname -m)
    shift
    while (($# > 0)); do
        case $1 in
        --release) release=${2:?--release needs a name} && shift 2 ;;
        --arch) arch=${2:?--arch needs a name} && shift 2 ;;
        --user) user=${2:?--user needs a name} && shift 2 ;;
        --user-data) user_data=${2:?--user-data needs a file} && shift 2 ;;
        --data-disk) data_disk=${2:?--data-disk needs a size} && shift 2 ;;
        *) die_usage "up: unknown option \"$1\"" ;;
        esac
    done
    image=$(vm_image "$release" --arch "$arch")
    mkdir -p "$MACHINES_DIR"
    dir=$(machine_dir "$name")
    mkdir "$dir" 2>/dev/null || die "there is a machine \"$name\" already (vm down $name)"
    printf '%s' "$image" >"$dir/image"
    printf '%s' "$release" >"$dir/release"
    printf '%s' "$arch" >"$dir/arch"
    if ! (make_machine "$name" "$user" "$user_data" "$data_disk"); then
        cp "$dir/console.log" "$CACHE/last-console.log" 2>/dev/null || true
        vm_down "$name"
        die "\"$name\" was not made; its console is kept in $CACHE/last-console.log"
    fi
}

# In a subshell of its own and not in a condition's reach: a failure inside must stop it.
make_machine() {
    set -e
    local dir
    dir=$(machine_dir "$1")
    qemu-img create -q -f qcow2 -b "$(<"$dir/image")/disk" -F raw "$dir/disk.qcow2"
    [[ -z $4 ]] || qemu-img create -q -f qcow2 "$dir/data.qcow2" "$4"
    make_seed "$1" "$2" "$3"
    vm_boot "$1"
    # How the user-data ended is the caller's to judge. (cloud-init status --wait starts Python four times a second.)
    in_machine "$1" sh -c 'until [ -e /run/cloud-init/result.json ]; do sleep 1; done'
}

# What a cloud gives a new machine: name, network, user, and the user-data of whoever ordered it.
make_seed() {
    local name=$1 user=$2 user_data=$3 seed
    seed=$(machine_dir "$name")/seed
    mkdir "$seed"
    if [[ -n $user_data ]]; then cp "$user_data" "$seed/user-data"; else echo '#cloud-config' >"$seed/user-data"; fi
    printf 'instance-id: %s-%s\nlocal-hostname: %s\n' "$name" "$(date +%s%N)" "$name" >"$seed/meta-data"
    # To the hosts' services and nowhere else.
    cat >"$seed/network-config" <<TEXT
version: 2
ethernets:
  eth0:
    addresses: [10.0.2.15/24]
    routes: [{to: $SERVICES_ROUTE, via: 10.0.2.2}]
TEXT
    {
        echo '#cloud-config'
        # The hub's user-data makes its user itself.
        if [[ -n $user_data ]]; then echo 'users: []'; else
            printf 'users:\n- name: %s\n  shell: /bin/bash\n  sudo: ALL=(ALL) NOPASSWD:ALL\n' "$user"
        fi
        printf 'write_files:\n- path: /etc/hosts\n  content: |\n'
        { printf '127.0.0.1 localhost\n::1 localhost\n127.0.1.1 %s\n' "$name" &&
            { [[ ! -s $FRONT_DIR/hosts ]] || cat "$FRONT_DIR/hosts"; }; } | sed 's/^/    /'
    } >"$seed/vendor-data"
    genisoimage -quiet -output "$seed.iso" -volid cidata -joliet -rock "$seed"
    rm -r "$seed"
}

vm_down() {
    require_machine "${1:-}"
    end_machine "$1"
    rm -rf --one-file-system "$(machine_dir "$1")"
    rmdir --ignore-fail-on-non-empty "$MACHINES_DIR"
    stop_unused_proxy
}

vm_list() {
    local name state
    for name in $(our_machines); do
        state=stopped
        ! machine_runs "$name" || state=running
        printf '%s\t%s\t%s\t%s\n' "$name" "$state" "$(machine_setting "$name" release)" "$(machine_setting "$name" arch)"
    done
}

vm_sweep() {
    local name
    for name in $(our_machines); do vm_down "$name"; done
    stop_unused_proxy
}

vm_leftovers() {
    local found
    found=$(our_machines | sed 's/^/machine /' && pgrep --full --list-full "$MACHINES_DIR/" | sed 's/^/process /') || true
    findings "$found"
}
