#!/usr/bin/env bash
# Builds the release into dist/: two fully static binaries, stub, schemas, manual pages, units, the versions linked, checksums.
set -euo pipefail
cd "$(dirname "$0")/.."

ARCH=$(uname -m)
PREFIX=$(release/static-libraries.sh)

# SwiftPM reads .pc files itself, and honours this variable only.
export PKG_CONFIG_PATH=$PREFIX/lib/pkgconfig
# The -I is for CLinux, which asks for no library and tells the versions of all.
FLAGS=(-c release --scratch-path .build-static --static-swift-stdlib -Xswiftc -static-executable -Xswiftc -use-ld=lld
    -Xcc "-I$PREFIX/include" --explicit-target-dependency-import-check error)
for program in host-bootstrap bootstrap-hub; do
    swift build "${FLAGS[@]}" --product "$program"
done

# Filled beside its place and renamed: a build cut off leaves the last release, or none.
rm -rf dist.new
trap 'rm -rf dist.new' EXIT
mkdir dist.new
for program in host-bootstrap bootstrap-hub; do
    strip -o "dist.new/$program-$ARCH" ".build-static/release/$program"
    # Said of no static-pie either, which links and then crashes.
    if ! { LC_ALL=C ldd "dist.new/$program-$ARCH" 2>&1 || true; } | grep -q 'not a dynamic executable'; then
        echo "$program is not fully static" >&2
        exit 1
    fi
done
cp stub/bootstrap.sh dist.new/
cp config-schema/*.schema.json docs/man/*.[15] release/systemd/* dist.new/
{
    cat "$PREFIX/VERSIONS"
    swift --version 2>/dev/null | sed -nE '1s/.*Swift version ([^ ]+) \((.*)\).*/swift \1 \2/p'
} >dist.new/VERSIONS
# Written elsewhere first, or it would list itself.
sums=$(cd dist.new && sha256sum -- *)
printf '%s\n' "$sums" >dist.new/SHA256SUMS
(cd dist.new && sha256sum --check --quiet SHA256SUMS)
rm -rf dist
mv dist.new dist
ls -l dist
