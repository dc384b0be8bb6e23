#!/usr/bin/env bash
# Builds the release into dist/: two fully static binaries, stub, schemas, the versions linked, checksums.
set -euo pipefail
cd "$(dirname "$0")/.."

ARCH=$(uname -m)
PREFIX=$(release/static-libraries.sh)

# SwiftPM reads .pc files itself, and honours this variable only.
export PKG_CONFIG_PATH=$PREFIX/lib/pkgconfig
FLAGS=(-c release --scratch-path .build-static --static-swift-stdlib -Xswiftc -static-executable -Xswiftc -use-ld=lld
    --explicit-target-dependency-import-check error)
for program in host-bootstrap bootstrap-hub; do
    swift build "${FLAGS[@]}" --product "$program"
done

rm -rf dist.new
mkdir dist.new
for program in host-bootstrap bootstrap-hub; do
    strip -o "dist.new/$program-$ARCH" ".build-static/release/$program"
    if ldd "dist.new/$program-$ARCH" >/dev/null 2>&1; then
        echo "$program is not fully static" >&2
        exit 1
    fi
done
cp stub/bootstrap.sh dist.new/
cp config-schema/*.schema.json dist.new/
{
    cat "$PREFIX/VERSIONS"
    swift --version 2>/dev/null | sed -n 1p
    ldd --version | sed -n 1p
} >dist.new/VERSIONS
(cd dist.new && sha256sum -- * >SHA256SUMS.tmp && mv SHA256SUMS.tmp SHA256SUMS)
rm -rf dist
mv dist.new dist
ls -l dist
