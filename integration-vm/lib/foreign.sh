# shellcheck shell=bash
# Another architecture's programs on this machine, while its trees are made: the kernel hands them to QEMU's emulator.

# An ELF program of the architecture, as binfmt_misc is told of it: magic, mask. (The last byte but one tells the machine.)
ARM64_PROGRAM='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
ARM64_PROGRAM+=':\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'

native_arch() { dpkg --print-architecture; }

# with_programs_of DEBIAN-ARCH COMMAND … — runs it while such programs run. One at a time: the entry is the whole machine's.
with_programs_of() {
    if [[ $1 == "$(native_arch)" ]]; then "${@:2}"; else with_lock "programs-$1" emulating "$@"; fi
}

# The entry is there as long as its keeper is, which ends with us, however we end.
emulating() {
    local code=0 ready='' end
    [[ $1 == arm64 ]] || die "programs of \"$1\" cannot be emulated"
    coproc KEEPER { keep_entry "host-bootstrap-$1" "M::$ARM64_PROGRAM:$(command -v qemu-aarch64-static)" 9>&-; }
    read -r ready <&"${KEEPER[0]}" || true
    [[ $ready == ready ]] || die "the kernel runs no programs of $1 by QEMU (apt-get install qemu-user-static)"
    "${@:2}" || code=$?
    end=${KEEPER[1]}
    exec {end}>&-
    wait "$KEEPER_PID" || true
    return "$code"
}

# In a mount of its own, since the machine may have none. F: the emulator is opened now, and so is found from inside a tree, too.
keep_entry() {
    # shellcheck disable=SC2016
    unshare --mount sh -ec '
        mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
        cd /proc/sys/fs/binfmt_misc
        [ ! -e "$1" ] || echo -1 >"$1"
        printf ":%s:%s:F" "$1" "$2" >register
        echo ready
        cat
        echo -1 >"$1"' sh "$@"
}

# apt_in ROOT WORD … — what apt-get does inside. For another architecture the machine's own apt reads the lists, which takes an emulated
# one minutes; dpkg and what it starts run inside, without the machine's hooks, which would read the lists there again.
apt_in() {
    local root=$1 arch settings
    arch=$(dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${Architecture}' dpkg)
    if [[ $arch == "$(dpkg --print-architecture)" ]]; then chroot "$root" apt-get -q -y "${@:2}"; return; fi
    settings=$root/etc/apt/machine.conf
    { cat "$root/etc/apt/apt.conf.d/01testhost" && echo 'Dir::Etc::parts "/dev/null";'; } >"$settings"
    APT_CONFIG=$settings apt-get -q -y -o Dir="$root" -o APT::Architecture="$arch" -o APT::Architectures="$arch" \
        -o DPkg::Chroot-Directory="$root" -o APT::Sandbox::User=root "${@:2}"
    rm "$settings"
}
