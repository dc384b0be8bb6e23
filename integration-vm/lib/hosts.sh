# shellcheck shell=bash
# A host's life: made by up, removed by down.

testhost_up() {
    require_name "${1:-}"
    local name=$1 release='' user=ops sudoer=true user_data='' os_release='' upper_size='' no_wait='' dir problems
    shift
    while (($# > 0)); do
        case $1 in
        --release) release=${2:?--release needs a name} && shift 2 ;;
        --user) user=${2:?--user needs a name} && shift 2 ;;
        --user-data) user_data=${2:?--user-data needs a file} && shift 2 ;;
        --upper-size) upper_size=${2:?--upper-size needs a size} && shift 2 ;;
        --os-release) os_release=${2:?--os-release needs a file} && shift 2 ;;
        --no-sudo) sudoer=false && shift ;;
        --no-wait) no_wait=true && shift ;;
        *) die_usage "up: unknown option \"$1\"" ;;
        esac
    done
    problems=$(find_problems)
    [[ -z $problems ]] || die "this machine cannot run hosts: $problems"
    ensure_authority
    local tree
    tree=$(testhost_tree "$release")
    mkdir -p "$SCOPE_DIR"
    dir=$(host_dir "$name")
    mkdir "$dir" 2>/dev/null || die "there is a host \"$name\" already (testhost down $name)"
    printf '%s' "$tree" >"$dir/tree"
    printf '%s' "$upper_size" >"$dir/upper-size"
    [[ -z $no_wait ]] || touch "$dir/no-wait"
    if ! (make_host "$name" "$user" "$sudoer" "$user_data" "$os_release"); then
        testhost_down "$name"
        die "\"$name\" was not made"
    fi
}

# In a subshell of its own and not in a condition's reach: a failure inside must stop it.
make_host() {
    set -e
    mount_layers "$1"
    furnish_host "$@"
    testhost_boot "$1"
}

testhost_down() {
    require_host "${1:-}"
    kill_cgroup "$1"
    remove_cgroup "$1"
    unmount_layers "$1"
    release_network "$1"
    rm -rf --one-file-system "$(host_dir "$1")"
    rmdir --ignore-fail-on-non-empty "$SCOPE_DIR"
    stop_unused_proxy
}

testhost_list() {
    local name state
    for name in $(scope_hosts); do
        state=stopped
        ! host_runs "$name" || state=running
        printf '%s\t%s\t%s\n' "$name" "$state" "$(basename "$(<"$(host_dir "$name")/tree")")"
    done
}
