# shellcheck shell=bash
# Compiling, and looking at what came of it, for one architecture; read by release/build.sh.

# Not the machine's own tools, which may know only its own architecture.
TOOLS=$(dirname "$(readlink -f "$(command -v swiftc)")")
PROGRAMS=(host-bootstrap bootstrap-hub)

# settings ARCH — sets SCRATCH, PREFIX, SWIFT, FLAGS and TREE, making the libraries, and the trees for another architecture.
settings() {
    local trees
    PREFIX=$(release/static-libraries.sh "$1")
    # The -I is for CLinux, which asks for no library and tells the versions of all.
    FLAGS=(-c release --static-swift-stdlib -Xswiftc -static-executable -Xcc "-I$PREFIX/include"
        --explicit-target-dependency-import-check error)
    # Position-independent and bound at once. glibc's start of such a program aborts, before it can say why, when there is a
    # DT_RUNPATH, which SwiftPM adds unless told not to (elf_get_dynamic_info: assert (info[DT_RUNPATH] == NULL)).
    FLAGS+=(-Xswiftc -Xclang-linker -Xswiftc -static-pie --disable-local-rpath -Xlinker -z -Xlinker now)
    # Nothing in it of where it was built.
    FLAGS+=(-Xswiftc -file-prefix-map -Xswiftc "$PWD=." -Xcc "-ffile-prefix-map=$PWD=." -Xlinker --build-id=none)
    # SwiftPM reads .pc files itself, and honours this variable only.
    SWIFT=(env -C "$PWD" PKG_CONFIG_PATH="$PREFIX/lib/pkgconfig" swift)
    SCRATCH=.build-static TREE=
    if [[ $1 == "$(uname -m)" ]]; then
        # Most relocations take a bit each then, not 24 bytes.
        FLAGS+=(-Xswiftc -use-ld=lld -Xlinker -z -Xlinker pack-relative-relocs)
    else
        trees=$(release/cross-trees.sh "$1")
        TREE=$trees/target
        SCRATCH=.build-static-$1
        FLAGS+=(--swift-sdks-path /sdks --swift-sdk cross)
        SWIFT=(release/in-tree "$trees/compiler" "$PWD" "$PREFIX" "$trees/sdks:/sdks" "$TREE:/sysroot" -- "${SWIFT[@]}")
    fi
    FLAGS+=(--scratch-path "$SCRATCH")
}

compile() {
    local program
    for program in "${PROGRAMS[@]}"; do
        "${SWIFT[@]}" build "${FLAGS[@]}" --product "$program" -Xlinker "-Map=$PWD/$SCRATCH/$program.map"
    done
}

# take ARCH FOLDER — puts both programs there, each looked at, with the bill of its materials; and the versions of what is in them.
take() {
    local program
    {
        cat "$PREFIX/VERSIONS"
        "${SWIFT[@]}" --version 2>/dev/null | sed -nE 's/.*Swift version ([^ ]+) \((.*)\).*/swift \1 \2/p' | head -1
    } >"$2/VERSIONS-$1"
    for program in "${PROGRAMS[@]}"; do
        # The section tells of the compiler's cache, and nobody reads it. binutils' strip would lose PT_GNU_RELRO besides.
        "$TOOLS/llvm-objcopy" --strip-all -R .swift_modhash "$SCRATCH/release/$program" "$2/$program-$1"
        check_program "$1" "$2/$program-$1" "$SCRATCH/release/$program"
        release/sbom "$program" "$1" "$SCRATCH/$program.map" "$2/VERSIONS-$1" "$PREFIX" "$TREE" >"$2/$program-$1.cdx.json"
    done
    symbols "$SCRATCH/release/CLinux.build/linux_calls.c.o" | grep -q ' __stack_chk_fail$' ||
        { echo "CLinux has no stack protector" >&2; exit 1; }
}

symbols() { "$TOOLS/llvm-nm" "$1" 2>/dev/null; }

# Whole in itself, and as hard as it is meant to be; ldd says nothing of another architecture's.
check_program() { # ARCH PROGRAM UNSTRIPPED
    local header segments dynamic all check emulator
    header=$(readelf -hW "$2") segments=$(readelf -lW "$2") dynamic=$(readelf -dW "$2") all=$(symbols "$3")
    grep -qE 'Type: +DYN' <<<"$header" || { echo "$2 lies at one place in memory" >&2; exit 1; }
    grep -qE "Machine: .*$(case $1 in x86_64) echo X86-64 ;; *) echo AArch64 ;; esac)" <<<"$header" ||
        { echo "$2 is for another machine" >&2; exit 1; }
    ! grep -q INTERP <<<"$segments" || { echo "$2 is not static" >&2; exit 1; }
    grep -q GNU_RELRO <<<"$segments" || { echo "$2 has no part that is read-only once it is bound" >&2; exit 1; }
    ! grep -qE 'NEEDED|RUNPATH|RPATH' <<<"$dynamic" || { echo "$2 needs another library" >&2; exit 1; }
    grep -qE 'BIND_NOW|NOW' <<<"$dynamic" || { echo "$2 is not bound at once" >&2; exit 1; }
    # What the C parts call where a check failed; Swift's own code checks by itself.
    for check in __stack_chk_fail __memcpy_chk __snprintf_chk; do
        grep -q " $check\$" <<<"$all" || { echo "$2 has no $check" >&2; exit 1; }
    done
    # Wrongly linked it would crash before its first line.
    if [[ $1 == "$(uname -m)" ]]; then
        "$2" --version >/dev/null
    elif emulator=$(command -v "qemu-$1-static"); then
        "$emulator" "$2" --version >/dev/null
    else
        echo "release: $2 was not run, since there is no qemu-$1-static (make setup)" >&2
    fi
}
