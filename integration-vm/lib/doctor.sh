# shellcheck shell=bash
# What a machine must have before hosts can run on it.

require_root() { ((EUID == 0)) || die "needs root: run it with sudo"; }

doctor() {
    local problems
    # Apart, so that a look that fails is no look that found nothing.
    problems=$(find_problems)
    findings "$problems"
}

find_problems() {
    if ((EUID != 0)); then
        echo "needs root: run it with sudo"
        return
    fi
    program_problems
    kernel_problems
    disk_problems
}

program_problems() {
    local program package missing=()
    while read -r program package; do
        command -v "$program" >/dev/null || missing+=("$package")
    done <<'TEXT'
systemd-nspawn systemd-container
debootstrap debootstrap
apt-cacher-ng apt-cacher-ng
nginx nginx-light
ip iproute2
nsenter util-linux
losetup mount
openssl openssl
curl curl
TEXT
    ((${#missing[@]} == 0)) || echo "programs are missing: apt-get install ${missing[*]}"
    [[ -e /usr/share/keyrings/debian-archive-keyring.gpg ]] ||
        echo "Debian's keys are missing: apt-get install debian-archive-keyring"
}

kernel_problems() {
    local cgroup
    [[ -e /dev/loop-control ]] ||
        echo "no /dev/loop-control: modprobe loop, or run the container with its devices (docker run --privileged)"
    compgen -G '/dev/loop[0-9]*' >/dev/null ||
        echo "no /dev/loop0: modprobe loop max_loop=8, or run the container with its devices"
    has_file_system overlay || echo "the kernel has no overlay file system: modprobe overlay"
    has_file_system btrfs || echo "the kernel has no btrfs: modprobe btrfs"
    cgroup=$(cgroup_roots | head -n 1)
    mkdir "$cgroup/$PREFIX.doctor.$$" 2>/dev/null && [[ -e $cgroup/$PREFIX.doctor.$$/cgroup.kill ]] ||
        echo "no writable cgroup v2 with cgroup.kill at $cgroup: needs Linux 5.14 and real root"
    rmdir "$cgroup/$PREFIX.doctor.$$" 2>/dev/null || true
    unshare --mount --net -- true 2>/dev/null || echo "may not make namespaces: needs CAP_SYS_ADMIN (docker run --privileged)"
}

has_file_system() { grep -qw "$1" /proc/filesystems || { modprobe "$1" && grep -qw "$1" /proc/filesystems; } 2>/dev/null; }

disk_problems() {
    local free
    mkdir -p "$CACHE"
    free=$(df --output=avail -BM "$CACHE" | tail -n 1 | tr -dc 0-9)
    ((free >= 4096)) || echo "only $free MiB free at $CACHE: hosts need 4096; set XDG_CACHE_HOME to a larger disk"
}
