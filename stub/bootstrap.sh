#!/bin/sh
# Fetches host-bootstrap, checks its digest, runs it. Settings, from the environment: BOOTSTRAP_USER (default: who runs it
# or SUDO_USER, never root), BOOTSTRAP_CONFIG (path or URL), BOOTSTRAP_CONFIG_KEYS (its signature is fetched, too),
# BOOTSTRAP_BINARY_URL (@ARCH@: x86_64, aarch64; also .xz, .gz), BOOTSTRAP_BINARY_SHA256 (or x86_64=HEX aarch64=HEX), BOOTSTRAP_ROOT
# (default: HOME/cocalc-host), BOOTSTRAP_ARGS (split at spaces), BOOTSTRAP_TOKEN_FILE (goes along to the config's URL)
cr=
[ -z "$cr" ] || { echo 'bootstrap: this file has CRLF line ends: use dos2unix' >&2; exit 2; } # hides CR
{ # Cut short it runs nothing.
set -euf; umask 022; step='reading the settings' log='' part='' become='' token='' absent=1 last='' bar=''
trap 'code=$?; trap - EXIT; [ "$code" = 0 ] || { step="failed while $step (exit $code)"; say "$step"
    ! have tell_hub || tell_hub "$last$step" || :; } # the stub of a hub has it
    [ -z "$part" ] || as_user rm -f "$part" "$part.rc" "${part%.?z}" || :; exit "$code"' EXIT
trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 143' TERM
say() {
    printf 'bootstrap: %s\n' "$*" >&2
    [ -z "$log" ] || printf '%s %s\n' "$(date -u +%FT%TZ)" "$*" | as_user tee -a "$log" >/dev/null || :
}
die() { code=$1; shift; last="$*; "; say "$@"; exit "$code"; }
have() { command -v "$1" >/dev/null 2>&1; }; gnu_wget() { wget --version 2>&1 | grep -q ^GNU; }
shown() { echo "$1" | sed 's|//.*@|//***@|;s|[?#].*||;q'; } # A URL's user (with any @ or /) and query may be secret.
as_user() { $become "$@"; } # The user's files are the user's to touch: no download is root's.
fetch() { # URL FILE
    part=$2 try=1 at=$(shown "$1"); step="fetching $at"
    case $1 in
    file:///*) bare=${1%%[?#]*}; as_user cp "${bare#file://}" "$2"; return ;;
    *[![:graph:]]* | *[\"\\]* | http://*@*) die 2 "refused $at: no valid address" ;;
    https://* | http://localhost[:/]* | http://127.0.0.1[:/]* | http://\[::1\][:/]*) ;;
    *) die 2 "refused $at: https:, file:, or http: to this machine only" ;;
    esac
    have curl || have wget || die 1 'install curl or wget'
    have curl || gnu_wget || case ${token:+https:}$1$2 in https:*.json.$$) die 1 'wget checks no certificate: install curl' ;; esac
    until status=$(
        exec 3>&2 2>&1; [ -z "$bar" ] || exec 2>&3; umask 077; ulimit -f 1048576 || : # half a GiB
        case $1 in http:*) unset http_proxy all_proxy ALL_PROXY ;; esac
        # Process lists are public: secrets go by echo (mksh has no printf) or a file, to no redirect's server (CVE-2021-31879).
        if have curl; then
            { echo "url=\"$1\""; [ -z "$token" ] || echo "header=\"Authorization: Bearer $token\""; } |
                as_user curl "-f${bar:-s}SLg" --proto '=https,http' --proto-redir '=https' -K - -o "$2" \
                    --connect-timeout 15 --speed-time 30 -w '%{http_connect}%{http_code}'
        elif gnu_wget; then
            [ -z "$token" ] || { echo "header=Authorization: Bearer $token"; echo max_redirect=0; } | as_user tee "$2.rc" >/dev/null
            echo "$1" | as_user wget -q ${bar:+--show-progress} -t 1 -T 30 ${token:+--config="$2.rc"} -O "$2" -i -
        else as_user timeout 900 wget -q -O "$2" "$1"; fi
    ); do
        why=$at${status:+: $(shown "${status#000}")}
        [ -n "$absent" ] || case $status in *000 | *200 | *429 | *5??) ;; *) return 1 ;; esac # curl tells what may come later
        case $try${status##*[!0-9]} in
        ?407*) die 1 "cannot fetch $why: see https_proxy" ;;
        ?*404) die "$absent" "cannot fetch $why" ;;
        ?*401*) die 1 "cannot fetch $why: a hub wants the host's token, as bootstrap-hub join-command brings it" ;;
        4* | ?*403 | ?*410) die 1 "cannot fetch $why" ;;
        esac
        say "attempt $try of 4 failed: $why"; sleep "$((try * 2))"; try=$((try + 1))
    done
}
put() { as_user chmod "$1" "$part"; as_user mv -f "$part" "$2"; as_user rm -f "$part.rc"; part=''; }
digest() { if have sha256sum; then sha256sum; else openssl dgst -sha256 -r; fi | cut -d' ' -f1; }
bad=$(env | grep "^BOOTSTRAP_.*$(printf '\r')" | cut -d= -f1); [ -z "$bad" ] || die 2 "$bad ends with a carriage return"
me=$(id -u) user=${BOOTSTRAP_USER:-}; [ -n "$user" ] || if [ "$me" = 0 ]; then user=${SUDO_USER:-root}; else user=$(id -un); fi
[ "$user" != root ] || die 4 'set BOOTSTRAP_USER: root is never the bootstrap user'
case $user in [!A-Za-z_]* | *[!A-Za-z0-9._-]*) die 2 'BOOTSTRAP_USER is no user name' ;; esac
entry=$(if have getent; then getent passwd "$user"; else grep "^$user:" /etc/passwd; fi) || :
case $entry in "$user":*:*:*:*:/*) ;; *) die 4 "there is no user $user" ;; esac
uid=${entry#*:*:} gid=${entry#*:*:*:} home=${entry#*:*:*:*:*:}
uid=${uid%%:*} gid=${gid%%:*} home=${home%%:*}; [ "$uid" -ne 0 ] || die 4 "$user is root by another name"
[ "$me" = "$uid" ] || [ "$me" = 0 ] || die 4 "only root can run this for $user"
# setpriv leaves no parent: signals and exit codes pass.
[ "$me" = "$uid" ] || for way in "setpriv --reuid $uid --regid $gid --init-groups" "runuser -u $user --"; do
    [ "$($way id -u 2>/dev/null </dev/null)" != "$uid" ] || { become=$way; break; }
done; [ "$me" = "$uid" ] || [ -n "$become" ] || die 4 "neither setpriv nor runuser can become $user"
export HOME="$home" USER="$user" LOGNAME="$user"; unset NOTIFY_SOCKET
root=${BOOTSTRAP_ROOT:-$home/cocalc-host} config=${BOOTSTRAP_CONFIG:-} url=${BOOTSTRAP_BINARY_URL:-}
case $root in /*) ;; *) die 2 'BOOTSTRAP_ROOT is no absolute path' ;; esac; case $config in /* | *://*) ;; ?*) config=$PWD/$config ;; esac
arch=$(uname -m); case $arch in x86_64 | aarch64) ;; amd64) arch=x86_64 ;; arm64) arch=aarch64 ;; *) die 4 "no binary for $arch" ;; esac
url=$(echo "$url" | sed "s/@ARCH@/$arch/g")
{ [ -n "$url" ] && [ -n "$config" ]; } || die 2 'set BOOTSTRAP_BINARY_URL and BOOTSTRAP_CONFIG'
wanted=$(printf %s "${BOOTSTRAP_BINARY_SHA256:-}" | tr A-F a-f); case $wanted in *"$arch="*) wanted=${wanted#*"$arch="} ;; esac
wanted=${wanted#[Ss][Hh]a256:} wanted=${wanted%%[!0-9a-f]*}
[ "${#wanted}" = 64 ] || die 2 "BOOTSTRAP_BINARY_SHA256 has no SHA-256 digest for $arch"
have sha256sum || have openssl || die 1 'install sha256sum or openssl'
cd /; folder=$root/bootstrap binary=$root/bin/host-bootstrap
step="making $folder"; as_user mkdir -p "$folder" "$root/bin"; as_user chmod 0700 "$folder"
log=$folder/bootstrap.log; as_user touch "$log"; as_user chmod 0600 "$log"; say "bootstrapping as $user in $root"
if ! as_user test -x "$binary" || [ "$(as_user cat "$binary" | digest)" != "$wanted" ]; then
    found='' bare=${url%%[?#]*} absent=''; [ ! -t 2 ] || bar='#' # who sits there sees it come
    for end in .xz .gz ''; do
        case $end$url in .*file:*) continue ;; .xz*) tool=xz ;; .gz*) tool=gzip ;; *) tool='' absent=1 ;; esac
        [ -z "$tool" ] || have "$tool" || continue
        fetch "$bare$end${url#"$bare"}" "$binary.$$$end" || { [ -n "$tool" ] || exit 1; [ -z "$bar" ] || say "no $at: trying the next form"; continue; }
        [ -z "$tool" ] || (ulimit -f 1048576; as_user "$tool" -df "$part") 2>/dev/null || { as_user rm -f "$part"; continue; }
        part=$binary.$$ found=$(as_user cat "$binary.$$" | digest); [ "$found" != "$wanted" ] || break
    done
    [ "$found" = "$wanted" ] || die 5 "checksum mismatch of $at: wanted $wanted, got $found"
    put 0755 "$binary"; bar=''
fi
case $config in [!/]*)
    file=${BOOTSTRAP_TOKEN_FILE:-} step='reading the token'; case $file in [~]/*) file=$home${file#?} ;; esac
    [ -z "$file" ] || token=$(as_user cat "$file") || die 1 "no token in $file: bootstrap-hub join-command brings one"
    case $token in *[!0-9A-Za-z._~+/=-]*) die 2 "$file holds no token" ;; esac
    bare=${config%%[?#]*} url=$config config=$folder/bootstrap-config.json
    fetch "$url" "$config.$$"; put 0600 "$config"
    [ -z "${BOOTSTRAP_CONFIG_KEYS:-}" ] || {
        absent=5; fetch "$bare.minisig${url#"$bare"}" "$config.minisig.$$"; put 0600 "$config.minisig"; } ;;
esac
as_user test -x "$binary" || die 4 "$root is mounted noexec: set BOOTSTRAP_ROOT to a folder elsewhere"
# Who has no other way to root gets the helper: this very digest, from a folder of root's.
if [ "$me" = 0 ] && have visudo && ! as_user sudo -n true </dev/null >/dev/null 2>&1; then
    step='installing the helper' new=/usr/local/libexec/host-bootstrap/new; mkdir -p "${new%/*}"; rm -f $new; as_user cat "$binary" >$new
    [ "$(digest <$new)" = "$wanted" ] || die 5 "$binary changed while it was copied"
    chmod 0755 $new; $new install-helper --user "$user" >&2 || say "$user has no helper"
fi
step="running $binary"; say "$step --config $config"
# shellcheck disable=SC2086
exec $become "$binary" --config "$config" ${BOOTSTRAP_ARGS:-}
}
