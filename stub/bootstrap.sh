#!/bin/sh
# Fetches host-bootstrap, checks its digest and runs it. Settings, all from the environment: BOOTSTRAP_USER (default:
# the invoking user or SUDO_USER, never root), BOOTSTRAP_CONFIG (path or URL), BOOTSTRAP_BINARY_URL (@ARCH@ in it becomes
# x86_64 or aarch64), BOOTSTRAP_BINARY_SHA256 (or x86_64=HEX aarch64=HEX), BOOTSTRAP_ROOT (default: HOME/cocalc-host),
# BOOTSTRAP_ARGS (more arguments, separated by spaces).
# Everything is in one brace group, so that a download cut short runs nothing.
{
set -eu
umask 022
step='starting' log=''
trap 'code=$?; trap - EXIT; [ "$code" = 0 ] || say "failed while $step (exit code $code)"; exit "$code"' EXIT
say() {
    printf 'bootstrap: %s\n' "$*" >&2
    [ -z "$log" ] || printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" | as_user tee -a "$log" >/dev/null
}
die() { code=$1; shift; say "$@"; exit "$code"; }
have() { command -v "$1" >/dev/null 2>&1; }
# A URL's query and user may be secret.
shown() { printf '%s' "${1%%\?*}" | sed 's|//[^/]*@|//|'; }

# As root, each command that touches the user's files is run as that user: nothing downloaded is ever root's,
# and the stub needs no copy of itself, which a pipe could not give it. The user's name is checked below.
# shellcheck disable=SC2086
as_user() { $become env -u NOTIFY_SOCKET HOME="$home" USER="$user" LOGNAME="$user" "$@"; }

fetch() { # URL FILE
    case $1 in
    http://*@*) die 1 "refused $(shown "$1")" ;;
    https://* | file:///* | http://localhost[:/]* | http://127.0.0.1[:/]* | http://\[::1\][:/]*) ;;
    *) die 1 "refused $(shown "$1"): https:, file:, or http: to this machine only" ;;
    esac
    try=1
    while :; do
        if [ "${1#file://}" != "$1" ]; then bare=${1%%\?*} && as_user cp -- "${bare#file://}" "$2" && return
        elif have curl; then
            as_user curl -fsSL --proto '=https,http' --proto-redir '=https' --connect-timeout 15 --speed-limit 1 \
                --speed-time 30 -o "$2" -- "$1" && return
        elif have wget; then as_user wget -q -T 30 -O "$2" "$1" && return
        else die 1 'neither curl nor wget is here: install one of them'; fi
        [ "$try" -lt 4 ] || die 1 "cannot fetch $(shown "$1")"
        say "attempt $try of 4 to fetch $(shown "$1") failed"
        sleep "$((try * 2))"
        try=$((try + 1))
    done
}

digest() {
    if have sha256sum; then as_user sha256sum <"$1" | cut -d' ' -f1
    elif have openssl; then as_user openssl dgst -sha256 -r <"$1" | cut -d' ' -f1
    else die 1 'neither sha256sum nor openssl is here: install one of them'; fi
}

step='finding the user'
user=${BOOTSTRAP_USER:-}
[ -n "$user" ] || user=$(id -un)
[ "$user" != root ] || user=${SUDO_USER:-root}
case $user in
root | 0) die 4 'set BOOTSTRAP_USER: root is never the bootstrap user' ;;
'' | -* | *[!A-Za-z0-9._-]*) die 2 'BOOTSTRAP_USER is no user name' ;;
esac
entry=$(if have getent; then getent passwd "$user"; else grep "^$user:" /etc/passwd; fi) || die 4 "there is no user $user"
if [ "$(id -un)" = "$user" ]; then become=''
elif [ "$(id -u)" != 0 ]; then die 4 "only root can run this for $user"
elif have runuser; then become="runuser -u $user --"
else become="sudo -n -u $user --"; fi
[ "$(printf '%s' "$entry" | cut -d: -f3)" != 0 ] || die 4 "$user is root by another name"
home=$(printf '%s' "$entry" | cut -d: -f6)
root=${BOOTSTRAP_ROOT:-$home/cocalc-host}
case $root in /*) ;; *) die 2 'BOOTSTRAP_ROOT is no absolute path' ;; esac
cd /
step="making $root/bootstrap"
as_user mkdir -p -- "$root/bootstrap" "$root/bin"
as_user chmod 0700 -- "$root/bootstrap"
log=$root/bootstrap/bootstrap.log
as_user touch -- "$log"
as_user chmod 0600 -- "$log"
say "bootstrapping as $user below $root"
step='choosing the binary'
case $(uname -m) in
x86_64 | amd64) arch=x86_64 ;;
aarch64 | arm64) arch=aarch64 ;;
*) die 4 "no binary for $(uname -m)" ;;
esac
url=${BOOTSTRAP_BINARY_URL:?is not set}
case $url in *@ARCH@*) url=${url%%@ARCH@*}$arch${url#*@ARCH@} ;; esac
wanted=${BOOTSTRAP_BINARY_SHA256:?is not set}
case $wanted in *"$arch="*) wanted=${wanted#*"$arch="}; wanted=${wanted%%[!0-9A-Fa-f]*} ;; esac
wanted=$(printf '%s' "$wanted" | tr 'A-F' 'a-f')
case ${#wanted}$wanted in 64*[!0-9a-f]*) wanted='' ;; esac
[ "${#wanted}" = 64 ] || die 2 'BOOTSTRAP_BINARY_SHA256 is no digest of 64 hexadecimal digits'
binary=$root/bin/host-bootstrap
step='checking the binary'
if [ ! -f "$binary" ] || [ "$(digest "$binary")" != "$wanted" ]; then
    step="fetching $(shown "$url")"
    fetch "$url" "$binary.$$"
    found=$(digest "$binary.$$")
    [ "$found" = "$wanted" ] || { as_user rm -f -- "$binary.$$"
        die 5 "checksum mismatch of $(shown "$url"): wanted $wanted, got $found; nothing was run"; }
    as_user chmod 0755 -- "$binary.$$"
    as_user mv -f -- "$binary.$$" "$binary"
fi
config=${BOOTSTRAP_CONFIG:?is not set}
case $config in
*://*)
    step="fetching $(shown "$config")"
    target=$root/bootstrap/bootstrap-config.json
    fetch "$config" "$target.$$"
    as_user chmod 0600 -- "$target.$$"
    as_user mv -f -- "$target.$$" "$target"
    config=$target ;;
esac
step='running host-bootstrap'
say "running $binary --config $config"
set -f # BOOTSTRAP_ARGS is split at spaces; globs in it mean nothing
# shellcheck disable=SC2086
set -- "$binary" --config "$config" ${BOOTSTRAP_ARGS:-}
# shellcheck disable=SC2086
exec $become env -u NOTIFY_SOCKET HOME="$home" USER="$user" LOGNAME="$user" "$@"
}
