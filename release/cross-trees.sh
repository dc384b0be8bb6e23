#!/usr/bin/env bash
# Prints the folder of what compiles for the other architecture, making it when there is none: about two minutes, once, as root.
#
#   compiler/   Debian unstable: the only release with a Swift that has its static library for both, which must be of one version
#   target/     Debian stable: what is linked, with security updates, and the static Swift library; it is the SDK's root
#   sdks/       a Swift SDK: three small files that name target/, which release/in-tree shows to the compiler as /sysroot
#
# usage: cross-trees.sh ARCHITECTURE       as uname -m calls it
#
# The folder's key holds this script and both architectures; once a day the libraries in target/ are upgraded. The packages of Swift are kept apart from it, by checksum, so that it
# can be made again when unstable has moved on; remove the folder debs, and this one, for a newer Swift.
set -euo pipefail

SCRIPT=$(readlink -f "$0")
here=$(dirname "$SCRIPT")
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/host-bootstrap/cross
STABLE=trixie
BEFORE=bookworm
TOOLS=(dpkg-dev pkg-config meson ninja-build gperf python3 python3-jinja2 autoconf automake libtool bison flex perl file nasm m4
    gettext)
# The first are linked as they are; of the others, which release/static-libraries.sh builds, a compilation alone needs the headers.
LIBRARIES=(libacl1 libattr1 libbtrfsutil libbz2 libcap libc-ares libssl libnghttp2 libsqlite3 libzstd libseccomp liblzma libmount
    libc6 libpq libstdc++-14 zlib1g libcurl4-openssl libarchive libsystemd libmicrohttpd libisal)

say() { printf 'cross trees: %s\n' "$*" >&2; }
debian() { case $1 in x86_64) echo amd64 ;; aarch64) echo arm64 ;; *) say "no binaries for $1"; exit 2 ;; esac; }

# The machine's own mirror; Debian's, where the machine is not Debian's.
mirror() { # debian | debian-security
    local found
    found=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -v '^ *#' |
        grep -oE "https?://[^] ]+/$1/?( |\$)" | head -1 | tr -d ' ') || true
    echo "${found:-http://deb.debian.org/$1}"
}

sources() { # SUITE … of the mirror given
    printf 'Types: deb deb-src\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\n' \
        "$(mirror "$1")" "${*:2}"
}

# debootstrap's tree without what only a machine needs, from the machine's mirror, for apt with nobody to ask.
tree() { # SUITE FOLDER
    debootstrap --variant=minbase --include=debian-archive-keyring "$1" "$2" "$(mirror debian)"
    rm -f "$2"/etc/apt/sources.list "$2"/etc/resolv.conf
    {
        printf 'APT::Install-Recommends "0";\nAPT::Sandbox::User "root";\nAPT::Update::Error-Mode "any";\n'
        apt-config dump | grep -E '^Acquire::(Check-Valid-Until|Check-Date|https?::Proxy) ' || true
    } >"$2/etc/apt/apt.conf.d/01cross"
    printf '#!/bin/sh\nexit 101\n' >"$2/usr/sbin/policy-rc.d"
    chmod 0755 "$2/usr/sbin/policy-rc.d"
}

apt() { "$here/in-tree" "$1" -- env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 apt-get -qq -o Dpkg::Use-Pty=0 "${@:2}"; }

make_compiler() {
    tree sid compiler
    sources debian sid >compiler/etc/apt/sources.list.d/debian.sources
    "$here/in-tree" compiler -- dpkg --add-architecture "$FOREIGN"
    apt compiler update
    take_swift
    # The -dev are for the package's manifest, which is compiled for the machine that builds.
    (cd "$CACHE/debs" && cp -l -- *_"$NATIVE".deb "$OLDPWD/compiler/var/cache/apt/archives/")
    # shellcheck disable=SC2046
    apt compiler install libc6-dev libstdc++-16-dev \
        $(cd compiler && printf '/%s ' var/cache/apt/archives/*swiftlang_*.deb)
    apt compiler clean
}

# Of one version for both, whatever unstable has that day; kept once they are here.
take_swift() {
    local temporary version
    (cd "$CACHE/debs" 2>/dev/null && sha256sum --check --quiet SHA256SUMS) && return
    version=$("$here/in-tree" compiler -- apt-cache show --no-all-versions "swiftlang:$NATIVE" | sed -n 's/^Version: //p')
    say "fetching Swift $version, about a gigabyte"
    temporary=$(mktemp -d -p compiler debs.XXXX)
    # apt holds each against the signed list of packages.
    # shellcheck disable=SC2016
    "$here/in-tree" compiler -- sh -ec 'cd "$0" && apt-get -qq download "$@"' "/${temporary#*/}" \
        "swiftlang:$NATIVE=$version" "libswiftlang:$NATIVE=$version" "swiftlang:$FOREIGN=$version"
    (cd "$temporary" && sha256sum -- *.deb >SHA256SUMS)
    rm -rf "$CACHE/debs"
    mv "$temporary" "$CACHE/debs"
}

make_target() {
    tree "$STABLE" target
    {
        sources debian "$STABLE" "$STABLE-updates"
        sources debian-security "$STABLE-security"
        # Mirrors list sources that they do not have; what is older than that is then built from the release before.
        { sources debian "$BEFORE" "$BEFORE-updates" && sources debian-security "$BEFORE-security"; } | sed 's/^Types: .*/Types: deb-src/'
    } >target/etc/apt/sources.list.d/debian.sources
    "$here/in-tree" target -- dpkg --add-architecture "$FOREIGN"
    apt target update
    apt target install "crossbuild-essential-$FOREIGN" "${TOOLS[@]}" \
        "${LIBRARIES[@]/%/-dev:$FOREIGN}"
    apt target clean
}

# Into usr/lib of the root: the driver looks for swiftrt.o there, whatever folder of resources it is told.
add_swift_library() {
    dpkg --fsys-tarfile "$CACHE"/debs/swiftlang_*_"$FOREIGN".deb | tar -x -C target/usr/lib --strip-components=5 \
        ./usr/libexec/swift/lib/swift_static ./usr/libexec/swift/lib/clang
}

make_sdk() {
    local bundle=sdks/cross.artifactbundle
    mkdir -p "$bundle/debian"
    cat >"$bundle/info.json" <<TEXT
{"schemaVersion": "1.0", "artifacts": {"cross": {"type": "swiftSDK", "version": "1", "variants": [{"path": "debian"}]}}}
TEXT
    cat >"$bundle/debian/swift-sdk.json" <<TEXT
{"schemaVersion": "4.0", "targetTriples": {"$ARCH-unknown-linux-gnu": {"sdkRootPath": "/sysroot",
 "swiftResourcesPath": "/sysroot/usr/lib/swift_static", "swiftStaticResourcesPath": "/sysroot/usr/lib/swift_static",
 "toolsetPaths": ["toolset.json"]}}}
TEXT
    echo '{"schemaVersion": "1.0", "swiftCompiler": {"extraCLIOptions": ["-use-ld=lld"]}}' >"$bundle/debian/toolset.json"
}

make_all() {
    local name jobs=() began=$SECONDS
    say "making them for $ARCH, once: in $1"
    rm -rf --one-file-system "$CACHE"/building.*
    cd "$(mktemp -d "$CACHE/building.XXXXXX")"
    chmod 0755 .
    # Mostly waiting for the mirror and for the disk: side by side.
    for name in compiler target; do
        "make_$name" >"$name.log" 2>&1 &
        jobs+=($!)
    done
    for name in compiler target; do
        wait "${jobs[0]}" || { tail -20 "$name.log" >&2; say "the tree $name was not made"; exit 1; }
        jobs=("${jobs[@]:1}")
    done
    add_swift_library
    make_sdk
    touch renewed
    mv -T "$PWD" "$1"
    say "made in $((SECONDS - began)) s"
}

# What is linked from there gets Debian's fixes, as a machine's own packages do by apt-get upgrade.
renew() {
    { apt "$1/target" update && apt "$1/target" upgrade && apt "$1/target" clean; } >"$1/renew.log" 2>&1 ||
        { tail -5 "$1/renew.log" >&2; say "the libraries there were not renewed"; }
    touch "$1/renewed"
}

main() {
    ARCH=$1
    FOREIGN=$(debian "$ARCH")
    NATIVE=$(debian "$(uname -m)")
    [[ $FOREIGN != "$NATIVE" ]] || { say "this machine is $ARCH itself"; exit 2; }
    local ready
    ready=$CACHE/$ARCH-$(cat "$SCRIPT" <(echo "$NATIVE") | sha256sum | cut -c1-12)
    if [[ -z $(find "$ready/renewed" -mtime -1 2>/dev/null) ]]; then
        ((EUID == 0)) || exec sudo env XDG_CACHE_HOME="${CACHE%/host-bootstrap/cross}" "$SCRIPT" "$@"
        mkdir -p "$CACHE"
        exec 9>"$CACHE/lock"
        flock 9
        [[ -d $ready ]] || make_all "$ready"
        [[ -n $(find "$ready/renewed" -mtime -1) ]] || renew "$ready"
        find "$CACHE" -mindepth 1 -maxdepth 1 -name "$ARCH-*" ! -path "$ready" -exec rm -rf --one-file-system {} +
    fi
    printf '%s\n' "$ready"
}

main "${1:?which architecture}"
