#!/usr/bin/env bash
# Builds the release into dist/: two fully static binaries with a bill of materials each, stub, schemas, manual pages, units, the
# versions linked, checksums; signed when HOST_BOOTSTRAP_RELEASE_KEY names a secret key of minisign(1).
#
# The same sources and libraries give the same bytes, wherever they lie: release/dist-check compares.
set -euo pipefail
cd "$(dirname "$0")/.."

ARCH=$(uname -m)
OBJCOPY=$(dirname "$(readlink -f "$(command -v swiftc)")")/llvm-objcopy
PREFIX=$(release/static-libraries.sh)

# SwiftPM reads .pc files itself, and honours this variable only.
export PKG_CONFIG_PATH=$PREFIX/lib/pkgconfig
# The -I is for CLinux, which asks for no library and tells the versions of all.
FLAGS=(-c release --scratch-path .build-static --static-swift-stdlib -Xswiftc -static-executable -Xswiftc -use-ld=lld
    -Xcc "-I$PREFIX/include" --explicit-target-dependency-import-check error)
# Position-independent and bound at once. glibc's start of such a program aborts, before it can say why, when there is a
# DT_RUNPATH, which SwiftPM adds unless told not to (elf_get_dynamic_info: assert (info[DT_RUNPATH] == NULL)).
FLAGS+=(-Xswiftc -Xclang-linker -Xswiftc -static-pie --disable-local-rpath -Xlinker -z -Xlinker now)
# Nothing in it of where it was built.
FLAGS+=(-Xswiftc -file-prefix-map -Xswiftc "$PWD=." -Xcc "-ffile-prefix-map=$PWD=." -Xlinker --build-id=none)
for program in host-bootstrap bootstrap-hub; do
    swift build "${FLAGS[@]}" --product "$program" -Xlinker "-Map=$PWD/.build-static/$program.map"
done

# Filled beside its place and renamed: a build cut off leaves the last release, or none.
rm -rf dist.new
trap 'rm -rf dist.new' EXIT
mkdir dist.new
for program in host-bootstrap bootstrap-hub; do
    # The section tells of the compiler's cache, and nobody reads it. binutils' strip would lose PT_GNU_RELRO besides.
    "$OBJCOPY" --strip-all -R .swift_modhash ".build-static/release/$program" "dist.new/$program-$ARCH"
    # Wrongly linked it would crash before its first line.
    "dist.new/$program-$ARCH" --version >/dev/null
    # What the C parts call where a check failed; Swift's own code checks by itself.
    symbols=$(nm ".build-static/release/$program")
    for check in __stack_chk_fail __memcpy_chk __snprintf_chk; do
        grep -q " $check\$" <<<"$symbols" || { echo "$program has no $check" >&2; exit 1; }
    done
done
cp stub/bootstrap.sh dist.new/
cp config-schema/*.schema.json docs/man/*.[15] release/systemd/* dist.new/
{
    cat "$PREFIX/VERSIONS"
    swift --version 2>/dev/null | sed -nE '1s/.*Swift version ([^ ]+) \((.*)\).*/swift \1 \2/p'
} >dist.new/VERSIONS
symbols=$(nm .build-static/release/CLinux.build/linux_calls.c.o)
grep -q ' __stack_chk_fail$' <<<"$symbols" || { echo "CLinux has no stack protector" >&2; exit 1; }
for program in host-bootstrap bootstrap-hub; do
    release/sbom "$program" ".build-static/$program.map" dist.new/VERSIONS "$PREFIX" >"dist.new/$program-$ARCH.cdx.json"
done
# Written elsewhere first, or it would list itself.
sums=$(cd dist.new && sha256sum -- *)
printf '%s\n' "$sums" >dist.new/SHA256SUMS
(cd dist.new && sha256sum --check --quiet SHA256SUMS)
# The comment is what install-helper --signature goes by. Signatures have no sums: they come and go with the key.
if [[ -n ${HOST_BOOTSTRAP_RELEASE_KEY:-} ]]; then
    version=$("dist.new/host-bootstrap-$ARCH" --version | sed -n 1p)
    # Each its own comment: one that names the program makes whatever it signs a helper.
    minisign -S -s "$HOST_BOOTSTRAP_RELEASE_KEY" -t "$version, $ARCH" -m "dist.new/host-bootstrap-$ARCH" >&2
    minisign -S -s "$HOST_BOOTSTRAP_RELEASE_KEY" -t "SHA256SUMS of $version, $ARCH" -m dist.new/SHA256SUMS >&2
else
    echo 'release: not signed: HOST_BOOTSTRAP_RELEASE_KEY names no key' >&2
fi
rm -rf dist
mv dist.new dist
ls -l dist
