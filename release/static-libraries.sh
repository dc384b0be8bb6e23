#!/usr/bin/env bash
# Prints the path of a prefix with the static libraries that the release links, building it when there is none.
#
# Four of them are built from Debian's signed source packages, of whatever version the mirror carries today: their
# ready .a is missing, or pulls in what has no static form. The others are Debian's own .a as it is.
# The prefix is cached; its key holds this script, the architecture and the source versions.
set -euo pipefail

SOURCES=(curl systemd libarchive libmicrohttpd)
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/host-bootstrap/static
SCRIPT=$(readlink -f "$0")
MULTIARCH=$(dpkg-architecture -qDEB_HOST_MULTIARCH)

say() { printf 'static libraries: %s\n' "$*" >&2; }

# An apt of our own: the machine's Debian sources, as source packages, with lists of their own.
# Signatures are checked by apt against the keys that the machine's own sources name.
private_apt() {
    APT=$CACHE/apt
    mkdir -p "$APT/sources.list.d" "$APT/lists/partial"
    rm -f "$APT"/sources.list.d/*
    local file
    for file in /etc/apt/sources.list.d/*.sources; do
        [[ -f $file ]] || continue
        awk -v RS= -v ORS='\n\n' '/URIs:[^\n]*\/(debian|ubuntu)/ { gsub(/Types:[^\n]*/, "Types: deb-src"); print }' "$file" \
            >"$APT/sources.list.d/$(basename "$file")"
    done
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [[ -f $file ]] || continue
        sed -nE 's/^deb(-src)? (.*\/(debian|ubuntu).*)/deb-src \2/p' "$file" >"$APT/sources.list.d/$(basename "$file" .list).list"
    done
}

apt() {
    "$@" -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$APT/sources.list.d" \
        -o Dir::State::lists="$APT/lists" -o Dir::Cache::srcpkgcache= -o Dir::Cache::pkgcache= -o APT::Sandbox::User=root -qq
}

# The .dsc of each source package, which bears its version.
descriptions() {
    local name
    for name in "${SOURCES[@]}"; do
        apt apt-get source --print-uris --only-source "$name" | sed -nE "s/^'[^']*' (.*\.dsc) .*/\1/p"
    done
}

fetch() {
    (cd "$WORK" && apt apt-get source --only-source "$1" >"$WORK/$1.log" 2>&1) || { cat "$WORK/$1.log" >&2; return 1; }
    find "$WORK" -mindepth 1 -maxdepth 1 -type d -name "$1-*" -print -quit
}

build_curl() {
    local folder
    folder=$(fetch curl)
    cd "$folder"
    # Debian renames the library once for each TLS library; undone, so that libtool links plain libcurl.
    local patch
    for patch in $(grep -hE '^(99_nss|90_gnutls)' debian/patches/series 2>/dev/null | tac); do
        patch -R -p1 -s <"debian/patches/$patch" || true
    done
    # The patches are newer than what autotools made; touched in this order nothing is made again.
    find . -name aclocal.m4 -exec touch {} + && sleep 1
    find . \( -name configure -o -name '*.in' \) -exec touch {} +
    ./configure --quiet --prefix="$PREFIX" --disable-shared --enable-static --with-openssl --with-zlib --with-nghttp2 \
        --enable-ares --without-zstd --without-brotli --without-libpsl --without-libidn2 --without-librtmp \
        --without-libssh --without-libssh2 --without-gssapi --without-gnutls --without-nss --without-nghttp3 \
        --without-ngtcp2 --disable-ldap --disable-ldaps --disable-rtsp --disable-dict --disable-telnet --disable-tftp \
        --disable-pop3 --disable-imap --disable-smb --disable-smtp --disable-gopher --disable-mqtt --disable-ftp \
        --disable-manual --disable-docs --without-ca-bundle --without-ca-path --with-ca-fallback=no
    make -s -j"$(nproc)" -C lib install
    make -s -C include install
    write_pc libcurl "$(sed -nE 's/.*LIBCURL_VERSION "(.*)"/\1/p' include/curl/curlver.h)" \
        "-lcurl -lcares -lnghttp2 -lssl -lcrypto -lz"
}

build_systemd() {
    local folder off=() option
    folder=$(fetch systemd)
    cd "$folder"
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
    meson setup B -Dmode=release --buildtype=release -Dstatic-libsystemd=pic -Dtests=false \
        --auto-features=disabled "${off[@]}" >"$WORK/meson.log" 2>&1 || { tail -40 "$WORK/meson.log" >&2; return 1; }
    # libsystemd.a includes version.h without naming it as a need.
    { ninja -C B version.h && ninja -C B libsystemd.a; } >"$WORK/ninja.log" 2>&1 || { tail -40 "$WORK/ninja.log" >&2; return 1; }
    # Some versions of meson make a thin archive, which holds only its objects' paths in this folder: packed anew.
    printf 'create %s\naddlib %s\nsave\nend\n' "$PREFIX/lib/libsystemd.a" B/libsystemd.a | ar -M
    mkdir -p "$PREFIX/include/systemd"
    cp src/systemd/*.h "$PREFIX/include/systemd/"
    local version
    version=$(sed -nE "s/^ *version : '([0-9]+).*/\1/p" meson.build | sed -n 1p)
    printf '#define LINKED_SYSTEMD_VERSION "%s"\n' "$version" >"$PREFIX/include/systemd/linked-version.h"
    write_pc libsystemd "$version" "-lsystemd -lcap -lm"
}

build_libarchive() {
    local folder
    folder=$(fetch libarchive)
    cd "$folder"
    # Debian's patches are newer than its configure, which another libtool made.
    autoreconf -fi >"$WORK/autoreconf.log" 2>&1
    ./configure --quiet --prefix="$PREFIX" --disable-shared --enable-static --disable-bsdtar --disable-bsdcpio \
        --disable-bsdcat --without-xml2 --without-expat --without-nettle --without-openssl --without-mbedtls --without-cng \
        --without-libb2 --without-lz4 --without-iconv --with-zlib --with-bz2lib --with-lzma --with-zstd --enable-acl \
        --enable-xattr
    make -s -j"$(nproc)" libarchive.la
    make -s install-libLTLIBRARIES install-includeHEADERS
    write_pc libarchive "$(sed -nE 's/.*ARCHIVE_VERSION_ONLY_STRING "(.*)"/\1/p' libarchive/archive.h)" \
        "-larchive -lacl -lattr -llzma -lzstd -lbz2 -lz"
}

# Without TLS: its GnuTLS has no static form worth having; a proxy in front of the hub speaks TLS.
build_libmicrohttpd() {
    local folder
    folder=$(fetch libmicrohttpd)
    cd "$folder"
    ./configure --quiet --prefix="$PREFIX" --disable-shared --enable-static --disable-https --disable-doc \
        --disable-examples --disable-curl --disable-bauth --disable-dauth
    make -s -j"$(nproc)" -C src/microhttpd install
    make -s -C src/include install
    write_pc libmicrohttpd "$(sed -nE "s/^PACKAGE_VERSION='(.*)'/\1/p" configure | sed -n 1p)" "-lmicrohttpd -lpthread"
}

# SwiftPM takes the whole closure from Libs, and refuses a -D in Cflags.
write_pc() {
    mkdir -p "$PREFIX/lib/pkgconfig"
    rm -f "$PREFIX/lib/$1.la"
    cat >"$PREFIX/lib/pkgconfig/$1.pc" <<TEXT
Name: $1
Description: $1, static
Version: $2
Libs: -L@PREFIX@/lib $3
Cflags: -I@PREFIX@/include
TEXT
    [[ -f $PREFIX/lib/$1.a ]] || { say "$1.a was not made"; return 1; }
    printf '%s %s\n' "$1" "$2" >>"$PREFIX/VERSIONS"
}

# What Debian ships as .a already. Copied, so that -L of the prefix finds the static one first.
take_ready() {
    local name file
    for name in btrfsutil ssl crypto z zstd lzma bz2 acl attr cap cares nghttp2 sqlite3; do
        file=/usr/lib/$MULTIARCH/lib$name.a
        [[ -f $file ]] || { say "there is no $file: make setup"; return 1; }
        cp "$file" "$PREFIX/lib/"
        printf '%s %s\n' "lib$name" "$(dpkg-query -W -f='${Version}' "$(dpkg -S "$file" | sed -n 1p | sed 's/: .*//')")" \
            >>"$PREFIX/VERSIONS"
    done
    cp /usr/include/btrfsutil.h /usr/include/sqlite3.h "$PREFIX/include/"
    cp -r /usr/include/openssl "$PREFIX/include/"
    cp -r "/usr/include/$MULTIARCH/openssl/." "$PREFIX/include/openssl/"
    local saved=$PREFIX/VERSIONS
    write_ready libbtrfsutil "-lbtrfsutil" btrfsutil
    write_ready libcrypto "-lcrypto" ssl
    write_ready sqlite3 "-lsqlite3 -lm" sqlite3
    sort -u -o "$saved" "$saved"
}

write_ready() {
    cat >"$PREFIX/lib/pkgconfig/$1.pc" <<TEXT
Name: $1
Description: $1, static
Version: $(pkg-config --modversion "$1")
Libs: -L@PREFIX@/lib $2
Cflags: -I@PREFIX@/include
TEXT
}

main() {
    mkdir -p "$CACHE"
    exec 9>"$CACHE/lock"
    flock 9
    private_apt
    local wanted key ready
    if apt apt-get update >"$CACHE/update.log" 2>&1 && wanted=$(descriptions) && [[ -n $wanted ]]; then
        key=$(printf '%s\n' "$(sha256sum <"$SCRIPT")" "$MULTIARCH" "$wanted" | sha256sum | cut -c1-16)
    else
        ready=$(find "$CACHE" -mindepth 1 -maxdepth 1 -name 'prefix-*' -printf '%T@ %p\n' | sort -n | tail -1 | cut -d' ' -f2-)
        [[ -n $ready ]] || { cat "$CACHE/update.log" >&2; say "the mirror does not answer and there is no older prefix"; exit 1; }
        say "the mirror does not answer; using the newest prefix there is: $ready"
        printf '%s\n' "$ready"
        return
    fi
    ready=$CACHE/prefix-$key
    if [[ ! -d $ready ]]; then
        say "building from $(tr '\n' ' ' <<<"$wanted")"
        WORK=$(mktemp -d "$CACHE/work.XXXXXX")
        trap 'rm -rf "$WORK"' EXIT
        PREFIX=$WORK/prefix
        mkdir -p "$PREFIX/lib" "$PREFIX/include"
        local name
        for name in "${SOURCES[@]}"; do
            say "building $name"
            # Not behind "||", which would switch off the stop at the first error inside.
            set +e
            (set -e && "build_$name") >"$WORK/$name.out" 2>&1
            local code=$?
            set -e
            ((code == 0)) || { tail -40 "$WORK/$name.out" >&2; say "$name did not build"; exit 1; }
        done
        take_ready
        # shellcheck disable=SC2086 # one word a .dsc
        printf 'source %s\n' $wanted >>"$PREFIX/VERSIONS"
        sed -i "s|@PREFIX@|$ready|" "$PREFIX"/lib/pkgconfig/*.pc
        mv "$PREFIX" "$ready"
    fi
    printf '%s\n' "$ready"
}

main
