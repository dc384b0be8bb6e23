# shellcheck shell=bash

vm_usage() {
    cat <<'TEXT'
vm COMMAND …: throw-away virtual machines for tests: a kernel of their own, udev, a disk that a power cut can hit

  doctor                        what this machine lacks for them, and how to get it (exit 1)
  hardware                      whether the hardware helps, and machines are fast (exit 1)
  image RELEASE [--arch ARCH]   build the cached disk and kernel (bookworm, trixie), print their folder
  up NAME --release RELEASE     make and boot a machine; returns when its cloud-init is done
       [--arch ARCH]            x86_64 or aarch64 (default: this machine's)
       [--user U]               its sudoer where no user-data makes one (default: ops)
       [--user-data FILE]       cloud-init runs it at first boot
       [--data-disk SIZE]       a blank disk of that size (2G), /dev/disk/by-id/virtio-data
  run NAME [--user U] [--] CMD …
                                run inside, exit as CMD does
  push NAME SRC DEST            copy a file or folder in; it belongs to root
  stop NAME                     clean shut-down, keeps the disk
  cut NAME                      its power is cut: what the kernel had not written is lost
  boot NAME                     boot it again
  reboot NAME                   it shuts down and boots by itself
  save NAME TAG                 keep memory and disk as they are now
  rewind NAME TAG               go on from there
  path NAME                     its folder: console.log, and the socket of its second serial line, events
  list                          this checkout's machines
  down NAME                     remove it
  sweep                         remove every machine of this checkout
  leftovers                     list what is still here of ours (exit 1)
TEXT
}
