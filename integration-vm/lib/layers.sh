# shellcheck shell=bash
# A host's disk: an overlay on its base tree. The upper layer is a folder, or a small tmpfs that can get full.

mount_layers() {
    local dir options
    dir=$(host_dir "$1")
    mkdir -p "$dir"/{layers,merged}
    if [[ -s $dir/upper-size ]] && ! mountpoint -q "$dir/layers"; then
        mount -t tmpfs -o "size=$(<"$dir/upper-size"),mode=0755" "$PREFIX-$1" "$dir/layers"
    fi
    mkdir -p "$dir"/layers/{upper,work}
    mountpoint -q "$dir/merged" && return
    options=lowerdir=$(<"$dir/tree"),upperdir=$dir/layers/upper,workdir=$dir/layers/work
    mount -t overlay -o "$options" "$PREFIX-$1" "$dir/merged"
}

unmount_layers() {
    local dir folder
    dir=$(host_dir "$1")
    for folder in merged layers; do
        ! mountpoint -q "$dir/$folder" || wait_until 10 unmount_unused "$1" "$dir/$folder" ||
            die "cannot unmount $dir/$folder: $(umount "$dir/$folder" 2>&1)"
    done
}

# A killed host's own mounts go a moment after its last process; each round takes what is free by then.
unmount_unused() {
    detach_loops "$1"
    umount "$2" 2>/dev/null
}

# The loop devices over files on a host's disk. All hosts share the machine's loop devices, and a path
# means nothing across mount namespaces, so it is the file's device number that tells whose it is.
host_loops() {
    local dir folder devices=
    dir=$(host_dir "$1")
    for folder in layers merged; do
        ! mountpoint -q "$dir/$folder" || devices+=" $(mountpoint -d "$dir/$folder") "
    done
    losetup --list --noheadings --output NAME,BACK-MAJ:MIN,BACK-FILE | while read -r loop device file; do
        [[ $devices != *" $device "* && $file != "$dir"/* ]] || echo "$loop"
    done
}

detach_loops() {
    local loop
    for loop in $(host_loops "$1"); do
        losetup --detach "$loop" 2>/dev/null || true
    done
}

testhost_path() {
    require_host "${1:-}"
    printf '%s/merged\n' "$(host_dir "$1")"
}
