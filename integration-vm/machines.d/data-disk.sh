# shellcheck shell=bash
# A disk of its own for data, found by udev's link, over reboots, and a boot without it.

DATA_DISK=/dev/disk/by-id/virtio-data

data_disk() {
    local name=data-disk uuid code found
    bare_machine "$name" "$1" --data-disk 2G
    on "$name" tee /srv/host.json >/dev/null <<TEXT
{"bootstrap_user": "ops", "bootstrap_root": "$ROOT", "host_id": "$name", "os_release": ["debian-12", "debian-13"],
 "disks": [{"name": "data", "candidates": ["/dev/disk/by-id/none", "$DATA_DISK"], "mount_point": "/mnt/data"}]}
TEXT
    code=0
    found=$(agent "$name" plan) || code=$?
    expect 'plan has something to do' 7 "$code"
    expect 'plan says that the disk is formatted' 1 "$(grep -c 'FORMATTED as ext4' <<<"$found")"
    expect 'plan leaves it blank' 2 "$(on "$name" sh -c "blkid -p $DATA_DISK; echo \$?")"
    agent "$name" apply
    uuid=$(on "$name" blkid -s UUID -o value "$DATA_DISK")
    expect_disk "$name" 'after the run' "$uuid"
    on "$name" --user ops sh -c 'echo kept >/mnt/data/file'
    machine reboot "$name"
    expect_disk "$name" 'after a reboot' "$uuid"
    expect 'after a reboot the data is there' kept "$(on "$name" cat /mnt/data/file)"
    expect 'after a reboot a run changes nothing' '' "$(changed_steps "$name")"
    agent "$name" plan
    machine down "$name"
    passed "data disk on $1"
}

# expect_disk NAME WHEN UUID
expect_disk() {
    expect "$2 the disk is mounted" "$(on "$1" readlink -f "$DATA_DISK") ext4 $3" "$(on "$1" findmnt -nro SOURCE,FSTYPE,UUID /mnt/data)"
    expect "$2 the unit names it by udev's link" "What=/dev/disk/by-uuid/$3" "$(on "$1" grep ^What= /etc/systemd/system/mnt-data.mount)"
    # shellcheck disable=SC2016 # the words are the machine's shell's
    expect "$2 the unit is started and enabled" 'active enabled' \
        "$(on "$1" sh -c 'echo $(systemctl is-active mnt-data.mount; systemctl is-enabled mnt-data.mount)')"
}
