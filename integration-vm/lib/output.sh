# shellcheck shell=bash
# What testhost says: results on standard output, everything else on standard error.

PROGRAM=testhost

say() { printf '%s: %s\n' "$PROGRAM" "$*" >&2; }

# findings TEXT — prints what was found, and fails for it; nothing found is fine.
findings() {
    [[ -n $1 ]] || return 0
    printf '%s\n' "$1"
    return 1
}

die() {
    say "$*"
    exit 1
}

die_usage() {
    say "$* (see: $PROGRAM help)"
    exit 2
}

usage() {
    cat <<'TEXT'
testhost COMMAND …: throw-away systemd hosts for tests

  doctor                        what this machine lacks for them, and how to get it (exit 1)
  tree RELEASE                  build the cached base tree, print its path; lib/releases.sh has the names
  offered RELEASE               end with 0 if the release's mirror answers
  up NAME --release RELEASE     make and boot a host
       [--user U]               its sudoer (default: ops)
       [--no-sudo]              the user may not use sudo
       [--user-data FILE]       cloud-init runs it at first boot
       [--upper-size SIZE]      its disk is a tmpfs of that size (100M, 2G)
       [--os-release FILE]      what it claims to be
       [--no-wait]              return when it answers, not when it has booted
  run NAME [--user U] [--background] [--] CMD …
                                run inside, exit as CMD does; --background prints a unit's name
  shell NAME [--user U]         a terminal inside
  push NAME SRC DEST            copy a file or folder in; it gets the owner of the folder it lands in
  path NAME                     the host's root folder, seen from here
  pid NAME                      its PID 1, seen from here
  address NAME                  its network address
  list                          this checkout's hosts
  stop NAME                     clean shut-down, keeps the disk
  boot NAME                     boot it again
  kill NAME                     sudden death of everything in it, keeps the disk
  down NAME                     remove it
  snapshot NAME OUT [PATH …]    list its files: path, type, mode, owner, size, SHA-256 or link target
  serve DIR --name HOST … [--upstream PORT]
                                HTTPS for the hosts: DIR at /static/, the rest from 127.0.0.1:PORT
  unserve                       stop that
  baseline                      remember this machine's links and sysctls
  leftovers                     list what is still here of ours, and changes since baseline (exit 1)
  sweep [--all]                 remove every host of this checkout (--all: of every checkout)
TEXT
}
