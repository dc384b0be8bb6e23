# shellcheck shell=bash
# A machine's disk and kernel: the hosts' base tree and what only a machine needs, made once and shared.

IMAGE_PACKAGES=udev,kmod,openssh-server,initramfs-tools,zstd,dmsetup,systemd-timesyncd
DISK_SIZE=6G

vm_image() {
    local release=${1:-} arch
    arch=$(uname -m)
    [[ ${2:-} != --arch ]] || arch=${3:?--arch needs a name}
    [[ $release == bookworm || $release == trixie ]] || die_usage "image: bookworm or trixie, not \"$release\""
    ensure_authority
    architecture "$arch" "$release"
    [[ -d $(image_path "$release" "$arch") ]] || with_lock "image-$release-$arch" ensure_image "$release" "$arch"
    touch "$(image_path "$release" "$arch")"
    image_path "$release" "$arch"
    echo
}

image_path() {
    local digest
    digest=$({
        echo "$(tree_path "$1" "$DEBIAN_ARCH") $2 $IMAGE_PACKAGES $KERNEL_PACKAGE $DISK_SIZE"
        declare -f build_image settle_image install_kernel
        cat "$AUTHORITY_DIR/ca.crt"
    } | sha256sum | cut -c1-12)
    printf '%s/images/%s-%s-%s' "$CACHE" "$1" "$2" "$digest"
}

ensure_image() {
    local release=$1 arch=$2 image temporary tree
    image=$(image_path "$release" "$arch")
    [[ ! -d $image ]] || return 0
    tree=$(testhost_tree "$release" "$DEBIAN_ARCH") || return
    say "building the $release image for $arch, once"
    mkdir -p "$CACHE/images"
    rm -rf --one-file-system "$CACHE/images/.building.$release-$arch."*
    find "$CACHE/images" -mindepth 1 -maxdepth 1 -type d -name '[!.]*' -mtime +14 -exec rm -rf {} +
    temporary=$(mktemp -d "$CACHE/images/.building.$release-$arch.XXXXXX")
    start_proxy
    with_programs_of "$DEBIAN_ARCH" build_image "$tree" "$temporary" >"$CACHE/images/$release-$arch.log" 2>&1 ||
        die "the $release image failed: $(tail -n 5 "$CACHE/images/$release-$arch.log")"
    mv -T "$temporary" "$image"
    stop_unused_proxy
}

# In namespaces of its own: a build that is killed leaves neither mounts nor children.
build_image() {
    local tree=$1 out=$2
    [[ -s $MACHINE_KEY ]] || ssh-keygen -q -t ed25519 -N '' -C 'host-bootstrap test machines' -f "$MACHINE_KEY"
    mkdir -p "$out"/{upper,work,root}
    export -f apt_in install_kernel settle_image trust_authority die say
    export AUTHORITY_DIR PROXY_URL PROGRAM MACHINE_KEY
    # shellcheck disable=SC2016
    env -u TMPDIR unshare --mount --pid --fork --kill-child --mount-proc bash -euc '
        mount -t overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" image "$2/root"
        install_kernel "$2/root" "$3" "$4"
        settle_image "$2/root"
        umount "$2/root/proc"
        mv "$2"/root/boot/vmlinuz-* "$2/kernel"
        mv "$2"/root/boot/initrd.img-* "$2/initrd"
        truncate -s "$5" "$2/disk"
        mkfs.ext4 -q -F -L root -E lazy_itable_init=1,lazy_journal_init=1 -d "$2/root" "$2/disk"
    ' bash "$tree" "$out" "$KERNEL_PACKAGE" "$IMAGE_PACKAGES" "$DISK_SIZE" &&
        rm -rf "$out"/{upper,work,root}
}

install_kernel() {
    local root=$1 packages
    IFS=, read -ra packages <<<"$3"
    mount -t proc proc "$root/proc"
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 0755 "$root/usr/sbin/policy-rc.d"
    export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
    # The drivers of these machines, not of all there are: it is unpacked at every boot.
    mkdir -p "$root/etc/initramfs-tools/conf.d"
    echo 'MODULES=list' >"$root/etc/initramfs-tools/conf.d/machine"
    printf '%s\n' virtio_pci virtio_blk virtio_net ext4 >>"$root/etc/initramfs-tools/modules"
    apt_in "$root" update
    apt_in "$root" install --no-install-recommends "$2" "${packages[@]}"
    rm -rf "$root/usr/sbin/policy-rc.d" "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/archives/*.deb
    mkdir -p "$root/var/lib/apt/lists/partial"
}

settle_image() {
    local root=$1
    trust_authority "$root"
    echo '/dev/vda / ext4 defaults 0 1' >"$root/etc/fstab"
    install -d -m 0700 "$root/root/.ssh"
    install -m 0600 "$MACHINE_KEY.pub" "$root/root/.ssh/authorized_keys"
    # The rest is a cloud image's own: cloud-init sets up network, name, keys and user from the seed disk.
    cat >"$root/etc/cloud/cloud.cfg.d/99-testhost.cfg" <<TEXT
datasource_list: [NoCloud, None]
ssh_genkeytypes: [ed25519]
disable_root: false
locale: false
apt: {preserve_sources_list: true}
TEXT
    chroot "$root" systemctl enable systemd-networkd.service
    chroot "$root" systemctl mask e2scrub_reap.service
}
