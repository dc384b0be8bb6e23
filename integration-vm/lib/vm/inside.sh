# shellcheck shell=bash
# Doing things inside a machine, by SSH: one connection from boot to boot, for the keys cost a second each time.

connection() {
    local dir
    dir=$(machine_dir "$1")
    CONNECTION=(-F none -i "$MACHINE_KEY" -p "$(<"$dir/port")" -o "ControlPath=$dir/ssh" -o IdentitiesOnly=yes -o LogLevel=ERROR
        -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=60 -o ServerAliveInterval=60)
}

# A command's words stay words on the other side's shell.
in_machine() {
    local CONNECTION words
    connection "$1"
    machine_runs "$1" || return 255
    words=$(printf ' %q' "${@:2}")
    [[ -S $(machine_dir "$1")/ssh ]] || open_connection "$1" || return 255
    # shellcheck disable=SC2029 # they are quoted for there
    ssh "${CONNECTION[@]}" root@127.0.0.1 "${words# }"
}

open_connection() {
    ssh "${CONNECTION[@]}" -o ControlMaster=yes -o ControlPersist=yes -N -f root@127.0.0.1 </dev/null >/dev/null 2>&1 9>&-
}

close_connection() {
    local CONNECTION
    [[ -S $(machine_dir "$1")/ssh ]] || return 0
    connection "$1"
    ssh "${CONNECTION[@]}" -O exit root@127.0.0.1 2>/dev/null || true
    rm -f "$(machine_dir "$1")/ssh"
}

vm_run() {
    require_machine "${1:-}"
    local name=$1 user=root
    shift
    while [[ ${1:-} == --* ]]; do
        case $1 in
        --user) user=${2:?--user needs a name} && shift 2 ;;
        --) shift && break ;;
        *) die_usage "run: unknown option \"$1\"" ;;
        esac
    done
    (($# > 0)) || die_usage "run: what?"
    machine_runs "$name" || die "\"$name\" does not run (vm boot $name)"
    if [[ $user == root ]]; then in_machine "$name" "$@"; else
        in_machine "$name" env -C "/home/$user" HOME="/home/$user" USER="$user" LOGNAME="$user" runuser -u "$user" -- "$@"
    fi
}

vm_push() {
    require_machine "${1:-}"
    local name=$1 source=${2:?push needs a source} destination=${3:?push needs a destination} mode
    [[ -e $source ]] || die "push: no $source"
    if [[ -d $source ]]; then
        # shellcheck disable=SC2016
        tar --create --directory="$source" --owner=0 --group=0 . |
            in_machine "$name" sh -c 'mkdir -p "$1" && tar --extract --directory="$1"' sh "$destination"
    else
        mode=$(stat -L -c %a "$source")
        # shellcheck disable=SC2016
        in_machine "$name" sh -c 'cat >"$1.arriving" && chmod "$2" "$1.arriving" && mv "$1.arriving" "$1"' \
            sh "$destination" "$mode" <"$source"
    fi
}
