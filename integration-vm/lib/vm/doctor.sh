# shellcheck shell=bash
# What a machine must have before virtual machines can run on it.

vm_doctor() {
    local problems
    # Apart, so that a look that fails is no look that found nothing.
    problems=$(find_vm_problems)
    findings "$problems"
}

find_vm_problems() {
    local program package missing=() memory free
    if ((EUID != 0)); then
        echo "needs root: run it with sudo"
        return
    fi
    architecture "$(uname -m)" bookworm
    while read -r program package; do
        command -v "$program" >/dev/null || missing+=("$package")
    done <<TEXT
$QEMU $QEMU_PACKAGE
qemu-img qemu-utils
genisoimage genisoimage
ssh openssh-client
mkfs.ext4 e2fsprogs
debootstrap debootstrap
apt-cacher-ng apt-cacher-ng
nginx nginx-light
TEXT
    ((${#missing[@]} == 0)) || echo "programs are missing: apt-get install ${missing[*]}"
    memory=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
    ((memory >= 3072)) || echo "only $memory MiB of memory are free: a machine needs 3072"
    has_file_system overlay || echo "the kernel has no overlay file system: modprobe overlay"
    mkdir -p "$CACHE"
    free=$(df --output=avail -BM "$CACHE" | tail -n 1 | tr -dc 0-9)
    ((free >= 8192)) || echo "only $free MiB free at $CACHE: machines need 8192; set XDG_CACHE_HOME to a larger disk"
}
