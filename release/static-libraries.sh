#!/usr/bin/env bash
# Prints the path of a prefix with the static libraries that the release links, building it when there is none.
#
# Some of them are built from Debian's signed source packages, of whatever version the mirror carries today: their
# ready .a is missing, or pulls in what has no static form. liblzma is one of them because from 5.6 on it decompresses
# almost twice as fast, and libmicrohttpd because from 0.9.77 on it refuses a line that ends with a bare LF; they come
# from the release named in NEWER where the machine's own are older. The others are Debian's own .a as it is.
# The prefix is cached; its key holds this script, the architecture and every library's version.
#
# PREFIX/VERSIONS has a line a library: name, upstream version, Debian's source=version.
#
# usage: static-libraries.sh [ARCHITECTURE]                     as uname -m calls it; this machine's unless given
#        static-libraries.sh --newer VERSIONS [ARCHITECTURE]    builds nothing: names each library there of which the mirror has a
#                                                               newer version, and ends with 1 if there is one
#
# For another architecture than the machine's all of it is done in the tree of release/cross-trees.sh that has its libraries.
set -euo pipefail

SCRIPT=$(readlink -f "$0")
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/host-bootstrap/static
NEWER_THAN=
if [[ ${1:-} == --newer ]]; then
    NEWER_THAN=$(readlink -f "$2")
    shift 2
fi
ARCH=${1:-$(uname -m)}
if [[ $ARCH != "$(uname -m)" && -z ${IN_TREE:-} ]]; then
    here=$(dirname "$SCRIPT")
    trees=$("$here/cross-trees.sh" "$ARCH")
    mkdir -p "$CACHE"
    look=()
    [[ -z $NEWER_THAN ]] || look=(--newer "$NEWER_THAN")
    exec "$here/in-tree" "$trees/target" "$here" "$CACHE" ${NEWER_THAN:+"$(dirname "$NEWER_THAN")"} -- \
        env XDG_CACHE_HOME="${CACHE%/host-bootstrap/static}" LC_ALL=C.UTF-8 "$SCRIPT" "${look[@]}" "$ARCH"
fi
case $ARCH in x86_64) DEB_HOST_ARCH=amd64 ;; aarch64) DEB_HOST_ARCH=arm64 ;; *) DEB_HOST_ARCH=$ARCH ;; esac
# dpkg-buildflags reads it.
export DEB_HOST_ARCH
MULTIARCH=$(dpkg-architecture -a"$DEB_HOST_ARCH" -qDEB_HOST_MULTIARCH)
CROSS=()
if [[ $DEB_HOST_ARCH != "$(dpkg --print-architecture)" ]]; then
    CROSS=(--build="$(dpkg-architecture -qDEB_BUILD_GNU_TYPE)" --host="$MULTIARCH")
    export CC=$MULTIARCH-gcc CXX=$MULTIARCH-g++ AR=$MULTIARCH-ar RANLIB=$MULTIARCH-ranlib STRIP=$MULTIARCH-strip
    export PKG_CONFIG_LIBDIR=/usr/lib/$MULTIARCH/pkgconfig:/usr/share/pkgconfig
fi

# Debian names PostgreSQL's source after its major version; where the mirror lists that and has it not, the one of the release before.
POSTGRESQL=$(dpkg-query -W -f '${source:Package}' "libpq-dev:$DEB_HOST_ARCH")
OLDER_POSTGRESQL=postgresql-15
SOURCES=(curl systemd libarchive libisal "$POSTGRESQL")
NEWER_SOURCES=(xz-utils libmicrohttpd)
NEWER=trixie
# Library:package for each .a taken as it is; the last two are the compiler's own, linked from where they are.
READY=(acl:libacl1-dev attr:libattr1-dev btrfsutil:libbtrfsutil-dev bz2:libbz2-dev cap:libcap-dev cares:libc-ares-dev
    crypto:libssl-dev nghttp2:libnghttp2-dev sqlite3:libsqlite3-dev ssl:libssl-dev z:zlib1g-dev
    zstd:libzstd-dev seccomp:libseccomp-dev c:libc6-dev "stdc++:libstdc++-$("${CC:-gcc}" -dumpversion)-dev")
RECIPE=$(printf '%s\n' "$(sha256sum <"$SCRIPT")" "$MULTIARCH" | sha256sum | cut -c1-12)

say() { printf 'static libraries: %s\n' "$*" >&2; }

# An apt of our own: the machine's Debian sources, as source packages, with lists of their own.
# Signatures are checked by apt against the keys that the machine's own sources name, even where these waive it.
# Backports are left out: the libraries taken ready come from the release itself.
private_apt() {
    APT=$CACHE/apt
    NEWER_APT=$CACHE/apt-newer
    mkdir -p "$APT/sources.list.d" "$APT/lists/partial"
    rm -f "$APT"/sources.list.d/*
    local file
    for file in /etc/apt/sources.list.d/*.sources; do
        [[ -f $file ]] || continue
        awk -v RS= -v ORS='\n\n' '/URIs:[^\n]*\/(debian|ubuntu)/ {
            gsub(/Types:[^\n]*/, "Types: deb-src"); gsub(/\nTrusted:[^\n]*/, ""); gsub(/[a-z]+-backports[a-z-]*/, "")
            if (!/Suites:[ \t]*(\n|$)/) print
        }' "$file" >"$APT/sources.list.d/$(basename "$file")"
    done
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [[ -f $file ]] || continue
        sed -nE '/-backports/d; s/trusted=[a-z]+//; s/\[ *\]//; s/^deb(-src)? (.*\/(debian|ubuntu).*)/deb-src \2/p' "$file" \
            >"$APT/sources.list.d/$(basename "$file" .list).list"
    done
}

# The same mirrors and keys, the newer release only; a machine whose own release is not Debian's has what it has.
newer_apt() {
    rm -rf "$NEWER_APT/sources.list.d"
    mkdir -p "$NEWER_APT/lists/partial"
    cp -r "$APT/sources.list.d" "$NEWER_APT/"
    grep -qr '/debian' "$NEWER_APT/sources.list.d" || return 0
    local release
    # shellcheck source=/dev/null
    release=$(. /etc/os-release && echo "$VERSION_CODENAME")
    sed -i "s/\b$release\b/$NEWER/g" "$NEWER_APT"/sources.list.d/*
}

apt() {
    "$@" -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$APT/sources.list.d" \
        -o Dir::State::lists="$APT/lists" -o Dir::Cache::srcpkgcache= -o Dir::Cache::pkgcache= -o APT::Sandbox::User=root -qq
}

# What is installed of the ready ones: library, package, source, the source's version.
installed() {
    local packages table
    mapfile -t packages < <(printf '%s\n' "${READY[@]#*:}" | sort -u)
    table=$(dpkg-query -W -f '${Package} ${source:Package} ${source:Version}\n' \
        "${packages[@]/%/:$DEB_HOST_ARCH}") || { say "a -dev package is missing: make setup"; return 1; }
    printf '%s\n' "${READY[@]}" | awk -F '[: ]' -v table="$table" '
        BEGIN { split(table, lines, "\n"); for (i in lines) { match(lines[i], / .*/); of[substr(lines[i], 1, RSTART - 1)] = substr(lines[i], RSTART) } }
        { print "lib" $1 " " $2 of[$2] }'
}

# The newest .dsc of each source package, which bears its version.
descriptions() {
    apt apt-get source --print-uris --only-source "$@" | sed -nE "s/^'[^']*' (.*\.dsc) .*/\1/p"
}

# A fix that Debian has published and this machine has not installed would be missing from the release in silence.
tell_outdated() {
    local package source version
    while read -r package source version; do
        grep -qxF "${source}_${version#*:}.dsc" <<<"$1" ||
            say "$package is $version, the mirror has $(grep "^${source}_" <<<"$1"): apt-get install $package"
    done < <(cut -d' ' -f2- <<<"$2" | sort -u)
}

# Unpacks a source package and prints its folder: of the newest version, or of one before it that the mirror still has.
fetch() {
    local APT=$APT version
    [[ " ${NEWER_SOURCES[*]} " != *" $1 "* ]] || APT=$NEWER_APT
    while read -r version; do
        if (cd "$WORK" && apt apt-get source --only-source "$1=$version" >>"$WORK/$1.log" 2>&1); then
            find "$WORK" -mindepth 1 -maxdepth 1 -type d -name "$1-[0-9]*" -print -quit
            return
        fi
        # Tried again tomorrow: the mirror lists it, so it will have it.
        echo "$1 $version" >>"$PREFIX/INTERIM"
    done < <(apt apt-cache showsrc --only-source "$1" | sed -n 's/^Version: //p' | sort -rV)
    cat "$WORK/$1.log" >&2
    return 1
}

# Compiled as Debian compiles its own: stack protector, checked string functions. No debug information, which is stripped.
debian_flags() {
    eval "$(DEB_CFLAGS_STRIP=-g dpkg-buildflags --export=sh)"
    DEBIAN_VERSION=$(dpkg-parsechangelog -S Version)
    UPSTREAM=$(upstream "$DEBIAN_VERSION")
    DEBIAN_SOURCE=$(dpkg-parsechangelog -S Source)=$DEBIAN_VERSION
}

# 1:1.2.13.dfsg-1 -> 1.2.13.dfsg
upstream() { sed -E 's/^[0-9]+://; s/-[^-]*$//' <<<"$1"; }

build_curl() {
    local folder
    folder=$(fetch curl)
    cd "$folder"
    debian_flags
    # Debian renames the library once for each TLS library; undone, so that libtool links plain libcurl.
    local patch
    for patch in $(tac debian/patches/series | grep -E '^(99_nss|90_gnutls)'); do
        patch -R -p1 -s <"debian/patches/$patch"
    done
    # The patches are newer than what autotools made; touched in this order nothing is made again.
    find . -name aclocal.m4 -exec touch {} + && sleep 1
    find . \( -name configure -o -name '*.in' \) -exec touch {} +
    ./configure "${CROSS[@]}" --quiet --prefix="$PREFIX" --disable-shared --enable-static --with-openssl --with-zlib --with-nghttp2 \
        --enable-ares --without-zstd --without-brotli --without-libpsl --without-libidn2 --without-librtmp \
        --without-libssh --without-libssh2 --without-gssapi --without-gnutls --without-nss --without-nghttp3 \
        --without-ngtcp2 --disable-ldap --disable-ldaps --disable-rtsp --disable-dict --disable-telnet --disable-tftp \
        --disable-pop3 --disable-imap --disable-smb --disable-smtp --disable-gopher --disable-mqtt --disable-ftp \
        --disable-websockets --disable-ipfs --disable-manual --disable-docs --without-ca-bundle --without-ca-path --with-ca-fallback=no
    make -s -j"$(nproc)" -C lib install
    make -s -C include install
    write_pc libcurl "$UPSTREAM" "-lcurl -lcares -lnghttp2 -lssl -lcrypto -lz"
    record libcurl "$UPSTREAM" "$DEBIAN_SOURCE"
}

build_systemd() {
    local folder off=() option cross=()
    folder=$(fetch systemd)
    cd "$folder"
    debian_flags
    # Every optional feature off; which ones exist differs from version to version.
    while read -r option; do off+=("-D$option=false"); done < <(
        python3 - meson_options.txt <<'PYTHON'
import re, sys
text = open(sys.argv[1]).read()
keep = {"mode", "static-libsystemd", "tests", "link-udev-shared", "link-systemctl-shared", "link-networkd-shared",
        "link-timesyncd-shared", "link-journalctl-shared", "link-boot-shared", "link-portabled-shared"}
for name, kind, value in re.findall(r"option\('([^']+)',\s*type\s*:\s*'(boolean|combo|feature)'(.*?)\)", text, re.S):
    choices = re.search(r"choices\s*:\s*\[(.*?)\]", value, re.S)
    if name in keep or kind == "feature" or (kind == "combo" and (not choices or "'false'" not in choices[1])):
        continue
    print(name)
PYTHON
    )
    if ((${#CROSS[@]} > 0)); then
        meson env2mfile --cross --debarch "$DEB_HOST_ARCH" -o "$WORK/meson.cross"
        cross=(--cross-file "$WORK/meson.cross")
    fi
    meson setup B "${cross[@]}" -Dmode=release --buildtype=release -Dstatic-libsystemd=pic -Dtests=false \
        --auto-features=disabled "${off[@]}" >"$WORK/meson.log" 2>&1 || { tail -40 "$WORK/meson.log" >&2; return 1; }
    # libsystemd.a includes version.h without naming it as a need.
    { ninja -C B version.h && ninja -C B libsystemd.a; } >"$WORK/ninja.log" 2>&1 || { tail -40 "$WORK/ninja.log" >&2; return 1; }
    # Some versions of meson make a thin archive, which holds only its objects' paths in this folder: packed anew.
    printf 'create %s\naddlib %s\nsave\nend\n' "$PREFIX/lib/libsystemd.a" B/libsystemd.a | "${AR:-ar}" -M
    mkdir -p "$PREFIX/include/systemd"
    cp src/systemd/*.h "$PREFIX/include/systemd/"
    printf '#define LINKED_SYSTEMD_VERSION "%s"\n' "$UPSTREAM" >"$PREFIX/include/systemd/linked-version.h"
    write_pc libsystemd "$UPSTREAM" "-lsystemd -lcap -lm"
    record libsystemd "$UPSTREAM" "$DEBIAN_SOURCE"
}

build_libarchive() {
    local folder
    folder=$(fetch libarchive)
    cd "$folder"
    debian_flags
    # Debian's patches are newer than its configure, which another libtool made.
    autoreconf -fi >"$WORK/autoreconf.log" 2>&1
    ./configure "${CROSS[@]}" --quiet --prefix="$PREFIX" --disable-shared --enable-static --disable-bsdtar --disable-bsdcpio \
        --disable-bsdcat --without-xml2 --without-expat --without-nettle --without-openssl --without-mbedtls --without-cng \
        --without-libb2 --without-lz4 --without-iconv --with-zlib --with-bz2lib --with-lzma --with-zstd --enable-acl \
        --enable-xattr
    make -s -j"$(nproc)" libarchive.la
    make -s install-libLTLIBRARIES install-includeHEADERS
    write_pc libarchive "$UPSTREAM" "-larchive -lacl -lattr -llzma -lzstd -lbz2 -lz"
    record libarchive "$UPSTREAM" "$DEBIAN_SOURCE"
}

build_libisal() {
    local folder
    folder=$(fetch libisal)
    cd "$folder"
    debian_flags
    autoreconf -fi >"$WORK/autoreconf.log" 2>&1
    ./configure "${CROSS[@]}" --quiet --prefix="$PREFIX" --disable-shared --enable-static
    make -s -j"$(nproc)" libisal.la
    make -s install-libLTLIBRARIES >"$WORK/install.log"
    mkdir "$PREFIX/include/isa-l"
    cp include/igzip_lib.h include/types.h "$PREFIX/include/isa-l/"
    write_pc libisal "$UPSTREAM" "-lisal"
    record libisal "$UPSTREAM" "$DEBIAN_SOURCE"
}

build_xz-utils() {
    local folder
    folder=$(fetch xz-utils)
    cd "$folder"
    debian_flags
    ./configure "${CROSS[@]}" --quiet --prefix="$PREFIX" --disable-shared --enable-static --disable-xz --disable-xzdec --disable-lzmadec \
        --disable-lzmainfo --disable-scripts --disable-doc --disable-nls
    make -s -j"$(nproc)" -C src/liblzma install
    write_pc liblzma "$UPSTREAM" "-llzma"
    record liblzma "$UPSTREAM" "$DEBIAN_SOURCE"
}

# Without TLS: its GnuTLS has no static form; the hub's TLS is OpenSSL's.
build_libmicrohttpd() {
    local folder
    folder=$(fetch libmicrohttpd)
    cd "$folder"
    debian_flags
    ./configure "${CROSS[@]}" --quiet --prefix="$PREFIX" --disable-shared --enable-static --disable-https --disable-doc \
        --disable-examples --disable-curl --disable-bauth --disable-dauth
    make -s -j"$(nproc)" -C src/microhttpd install
    make -s -C src/include install
    write_pc libmicrohttpd "$UPSTREAM" "-lmicrohttpd -lpthread"
    record libmicrohttpd "$UPSTREAM" "$DEBIAN_SOURCE"
}

# libpq alone, with the two libraries of its own that it needs; Debian's .a wants Kerberos and LDAP.
build_postgresql() {
    local folder part
    folder=$(fetch "$POSTGRESQL" || fetch "$OLDER_POSTGRESQL")
    cd "$folder"
    debian_flags
    # Debian's own places: libpq has them compiled in.
    ./configure "${CROSS[@]}" --quiet --prefix=/usr --sysconfdir=/etc/postgresql-common --with-ssl=openssl --without-readline --without-zlib --without-icu
    make -s -j"$(nproc)" -C src/backend generated-headers
    for part in port common; do
        make -s -j"$(nproc)" -C "src/$part"
        cp "src/$part/libpg${part}_shlib.a" "$PREFIX/lib/libpg$part.a"
    done
    make -s -j"$(nproc)" -C src/interfaces/libpq all-static-lib
    cp src/interfaces/libpq/libpq.a "$PREFIX/lib/"
    cp src/interfaces/libpq/libpq-fe.h src/include/postgres_ext.h src/include/pg_config_ext.h "$PREFIX/include/"
    write_pc libpq "$UPSTREAM" "-lpq -lpgcommon -lpgport -lssl -lcrypto"
    record libpq "$UPSTREAM" "$DEBIAN_SOURCE"
}

# SwiftPM takes the whole closure from Libs, and refuses a -D in Cflags.
write_pc() {
    mkdir -p "$PREFIX/lib/pkgconfig"
    rm -f "$PREFIX/lib/$1.la"
    [[ -f $PREFIX/lib/lib${1#lib}.a ]] || { say "lib${1#lib}.a was not made"; return 1; }
    cat >"$PREFIX/lib/pkgconfig/$1.pc" <<TEXT
Name: $1
Description: $1, static
Version: $2
Libs: -L@PREFIX@/lib $3
Cflags: -I@PREFIX@/include
TEXT
}

record() { printf '%s %s %s\n' "$@" >>"$PREFIX/VERSIONS"; }

# What Debian ships as .a already. Copied, so that -L of the prefix finds the static one first.
take_ready() {
    local library source version
    while read -r library _ source version; do
        record "$library" "$(upstream "$version")" "$source=$version"
        [[ $library == libc || $library == libstdc++ ]] || cp "/usr/lib/$MULTIARCH/$library.a" "$PREFIX/lib/"
    done <<<"$1"
    cp /usr/include/{btrfsutil,seccomp,seccomp-syscalls,sqlite3,zstd,zstd_errors}.h "$PREFIX/include/"
    cp -r /usr/include/openssl "$PREFIX/include/"
    cp -r "/usr/include/$MULTIARCH/openssl/." "$PREFIX/include/openssl/"
    write_pc libbtrfsutil "$(pkg-config --modversion libbtrfsutil)" "-lbtrfsutil"
    write_pc libcrypto "$(pkg-config --modversion libcrypto)" "-lcrypto"
    write_pc libseccomp "$(pkg-config --modversion libseccomp)" "-lseccomp"
    write_pc libssl "$(pkg-config --modversion libssl)" "-lssl -lcrypto"
    write_pc libzstd "$(pkg-config --modversion libzstd)" "-lzstd"
    write_pc sqlite3 "$(pkg-config --modversion sqlite3)" "-lsqlite3 -lm"
}

# For --version: Debian fixes faults under an unchanged upstream version, which is all that the libraries tell.
write_header() {
    LC_ALL=C sort -o "$PREFIX/VERSIONS" "$PREFIX/VERSIONS"
    awk 'BEGIN { printf "#define LINKED_LIBRARIES \"" } { printf "%s\\n", $0 } END { print "\"" }' "$PREFIX/VERSIONS" \
        >"$PREFIX/include/host-bootstrap-libraries.h"
}

build_all() {
    local name code
    say "building from $(tr '\n' ' ' <<<"$1")"
    rm -rf "$CACHE"/work.*
    WORK=$(mktemp -d "$CACHE/work.XXXXXX")
    trap 'rm -rf "$WORK"' EXIT
    PREFIX=$WORK/prefix
    mkdir -p "$PREFIX/lib" "$PREFIX/include"
    for name in "${SOURCES[@]}" "${NEWER_SOURCES[@]}"; do
        say "building $name"
        # Not behind "||", which would switch off the stop at the first error inside.
        set +e
        (set -e && "build_${name%-[0-9]*}") >"$WORK/$name.out" 2>&1
        code=$?
        set -e
        ((code == 0)) || { tail -40 "$WORK/$name.out" >&2; say "$name did not build"; exit 1; }
    done
    take_ready "$2"
    write_header
    sed -i "s|@PREFIX@|$3|" "$PREFIX"/lib/pkgconfig/*.pc
    mv "$PREFIX" "$3"
}

# Without the error mode apt calls it a success when no mirror answers.
update() {
    local APT
    for APT in "$CACHE/apt" "$NEWER_APT"; do
        apt apt-get update -o APT::Update::Error-Mode=any -o Acquire::Retries=1 -o Acquire::http::Timeout=10 || return 1
    done
}

newest() { # SOURCE
    local APT=$APT version newest=0
    [[ " ${NEWER_SOURCES[*]} " != *" $1 "* ]] || APT=$NEWER_APT
    while read -r version; do
        dpkg --compare-versions "$version" le "$newest" || newest=$version
    done < <(apt apt-cache showsrc --only-source "$1" | sed -n 's/^Version: //p')
    echo "$newest"
}

# A release is patched by building it again: somebody has to be told when.
tell_newer() { # VERSIONS
    local name linked source newest code=0
    private_apt
    newer_apt
    update >"$CACHE/update.log" 2>&1 || { cat "$CACHE/update.log" >&2; say "the mirror does not answer"; return 1; }
    while read -r name _ linked; do
        [[ $linked == *=* ]] || continue
        source=${linked%%=*}
        newest=$(newest "$source")
        [[ $newest != 0 ]] || { say "$name: the mirror has no source package $source"; code=1; continue; }
        dpkg --compare-versions "${linked#*=}" lt "$newest" || continue
        echo "$name: $source ${linked#*=} is linked, the mirror has $newest"
        code=1
    done <"$1"
    return "$code"
}

main() {
    local have sources mirrored wanted ready
    mkdir -p "$CACHE"
    exec 9>"$CACHE/lock"
    flock 9
    if [[ -n $NEWER_THAN ]]; then
        tell_newer "$NEWER_THAN"
        return
    fi
    have=$(installed)
    mapfile -t sources < <(printf '%s\n' "${SOURCES[@]}" && cut -d' ' -f3 <<<"$have" | sort -u)
    private_apt
    newer_apt
    if update >"$CACHE/update.log" 2>&1; then
        mirrored=$(descriptions "${sources[@]}")
        wanted=$(grep -E "^($(IFS='|' && echo "${SOURCES[*]}"))_" <<<"$mirrored")
        wanted+=$'\n'$(APT=$NEWER_APT descriptions "${NEWER_SOURCES[@]}")
        tell_outdated "$mirrored" "$have"
        ready=$CACHE/prefix-$RECIPE-$(printf '%s\n' "$wanted" "$have" | sha256sum | cut -c1-12)
        find "$ready" -maxdepth 1 -name INTERIM -mtime +0 -exec rm -rf "$ready" \; 2>/dev/null || true
        [[ -d $ready ]] || build_all "$wanted" "$have" "$ready"
    else
        ready=$(find "$CACHE" -mindepth 1 -maxdepth 1 -name "prefix-$RECIPE-*" -printf '%T@ %p\n' | sort -n | tail -1 | cut -d' ' -f2-)
        [[ -n $ready ]] || { cat "$CACHE/update.log" >&2; say "the mirror does not answer and there is no older prefix"; exit 1; }
        say "the mirror does not answer; using the newest prefix there is, $ready"
    fi
    [[ ! -f $ready/INTERIM ]] || say "older than the mirror lists, which did not have $(tr '\n' ' ' <"$ready/INTERIM")"
    # What no build has used for a month goes.
    touch "$ready"
    find "$CACHE" -mindepth 1 -maxdepth 1 -name 'prefix-*' -mtime +30 -exec rm -rf {} +
    printf '%s\n' "$ready"
}

main
