# shellcheck shell=bash
# Doing things inside a host.

# inside NAME COMMAND … — in its namespaces, but not under its systemd: for the harness itself.
inside() {
    local leader
    leader=$(host_leader "$1") || return 1
    nsenter -t "$leader" -m -u -i -n -p -- "${@:2}"
}

# in_files NAME COMMAND … — where the host's files are, whether it runs or not.
in_files() {
    if host_runs "$1"; then inside "$@"; else chroot "$(host_dir "$1")/merged" "${@:2}"; fi
}

# systemd calls a service ended by SIGTERM a success, and any other signal 255. A shell in between makes it
# 128 + the signal, and lives until its child has ended when the unit is stopped.
# shellcheck disable=SC2016
EXACT_EXIT='trap : HUP INT TERM; "$@"; exit $?'

testhost_run() {
    require_running "${1:-}"
    local name=$1 user=root background=false options=()
    shift
    while [[ ${1:-} == --* ]]; do
        case $1 in
        --user) user=${2:?--user needs a name} && shift 2 ;;
        --background) background=true && shift ;;
        --) shift && break ;;
        *) die_usage "run: unknown option \"$1\"" ;;
        esac
    done
    (($# > 0)) || die_usage "run: what?"
    [[ $user == root ]] || options+=(--uid="$user")
    options+=(--property=WorkingDirectory="~" --quiet --collect)
    # systemd puts variables of its own, mostly nothing, in the place of ${NAME} in any word; of two dollars it makes one.
    local words=("${@//\$/\$\$}")
    if $background; then
        run_in_background "$name" "${words[@]}"
    else
        inside "$name" systemd-run "${options[@]}" --pipe --wait -- /bin/sh -c "$EXACT_EXIT" sh "${words[@]}"
    fi
}

run_in_background() {
    local name=$1 unit
    unit=testhost-$(date +%s%N).service
    inside "$name" systemd-run "${options[@]}" --unit="$unit" -- /bin/sh -c "$EXACT_EXIT" sh "${@:2}"
    echo "$unit"
}

testhost_shell() {
    require_running "${1:-}"
    local user=root
    [[ ${2:-} != --user ]] || user=${3:?--user needs a name}
    inside "$1" systemd-run --quiet --collect --wait --pty --property=PAMName=login --uid="$user" \
        --property=WorkingDirectory="~" -- /bin/bash -l
}

require_running() {
    require_host "$1"
    host_runs "$1" || die "\"$1\" does not run (testhost boot $1)"
}

# What arrives gets the owner of the folder it lands in.
testhost_push() {
    require_host "${1:-}"
    local name=$1 source=${2:?push needs a source} destination=${3:?push needs a destination} mode
    [[ -e $source ]] || die "push: no $source"
    if [[ -d $source ]]; then
        # shellcheck disable=SC2016
        tar --create --directory="$source" --owner=0 --group=0 . | in_files "$name" sh -c '
            mkdir -p "$1" && tar --extract --directory="$1" --no-same-owner &&
            chown -R --reference="$(dirname "$1")" "$1"' sh "$destination"
    else
        mode=$(stat -L -c %a "$source")
        # shellcheck disable=SC2016
        in_files "$name" sh -c '
            cat >"$1.arriving" && chmod "$2" "$1.arriving" &&
            chown --reference="$(dirname "$1")" "$1.arriving" && mv "$1.arriving" "$1"' \
            sh "$destination" "$mode" <"$source"
    fi
}
