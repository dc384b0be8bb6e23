#!/usr/bin/env bash
# Builds the release into dist/: two fully static binaries for each architecture with a bill of materials each, stub, schemas, manual
# pages, units, alert rules, the versions linked, checksums; signed when HOST_BOOTSTRAP_RELEASE_KEY names a secret key of minisign(1).
#
# ARCH names one architecture, as uname -m calls it; without it both are built, the other one where its trees can be had
# (release/cross-trees.sh). HOST_BOOTSTRAP_DIST names another folder than dist/.
#
# The same sources and libraries give the same bytes, wherever they lie: release/dist-check compares.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=release/programs.sh
source release/programs.sh

DIST=${HOST_BOOTSTRAP_DIST:-dist}
NATIVE=$(uname -m)
case $NATIVE in x86_64) OTHER=aarch64 ;; *) OTHER=x86_64 ;; esac
ARCHES=("${ARCH:-$NATIVE}")
if [[ -z ${ARCH:-} ]]; then
    if reason=$(release/cross-trees.sh "$OTHER" 2>&1 >/dev/null); then
        ARCHES+=("$OTHER")
    else
        echo "release: for $NATIVE alone: what compiles for $OTHER cannot be had: $(tail -n 1 <<<"$reason")" >&2
    fi
fi

# Filled beside its place and renamed: a build cut off leaves the last release, or none.
rm -rf "$DIST.new"
trap 'rm -rf "$DIST.new"' EXIT
mkdir -p "$DIST.new"
for arch in "${ARCHES[@]}"; do
    settings "$arch"
    compile
    take "$arch" "$DIST.new"
done
cp stub/bootstrap.sh "$DIST.new/"
cp config-schema/*.schema.json docs/man/*.[15] release/systemd/* release/monitoring/* "$DIST.new/"
release/sign "$DIST.new" "${ARCHES[@]}"
rm -rf "$DIST"
mv "$DIST.new" "$DIST"
ls -l "$DIST"
