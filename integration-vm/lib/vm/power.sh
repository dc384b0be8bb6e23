# shellcheck shell=bash
# Power: a machine's emulator is started, asked to shut it down, or killed.

# An emulated processor, of another architecture on top, and busy.
MACHINE_SECONDS=${VM_BOOT_SECONDS:-1200}

vm_boot() { start_machine "${1:-}" && wait_for_machine "$1"; }

# start_machine NAME [OPTION …] — with more of QEMU's options.
# shellcheck disable=SC2054 # the commas are QEMU's
start_machine() {
    require_machine "$1"
    local name=$1 dir image arch release port accelerated
    dir=$(machine_dir "$name")
    ! machine_runs "$name" || die "\"$name\" runs already"
    start_proxy
    image=$(<"$dir/image") arch=$(<"$dir/arch") release=$(<"$dir/release")
    architecture "$arch" "$release"
    [[ -s $image/accelerator ]] || { hardware_works "$image" "$arch" && echo hardware || echo emulation; } >"$image/accelerator"
    if [[ $(<"$image/accelerator") == hardware ]]; then accelerated=("${HARDWARE[@]}"); else accelerated=("${EMULATION[@]}"); fi
    port=$(free_port)
    printf '%s' "$port" >"$dir/port"
    rm -f "$dir"/{monitor,events,ssh}
    local arguments=("${accelerated[@]}" -smp 2 -m 2048 -nodefaults -no-user-config -display none
        -kernel "$image/kernel" -initrd "$image/initrd"
        -append "root=/dev/vda rw console=$CONSOLE net.ifnames=0 panic=-1"
        -chardev "file,id=console,path=$dir/console.log,append=on" -serial chardev:console
        -chardev "socket,id=events,path=$dir/events,server=on,wait=off" -serial chardev:events
        -monitor "unix:$dir/monitor,server=on,wait=off"
        -drive "file=$dir/disk.qcow2,format=qcow2,if=none,id=root,cache=writeback" -device virtio-blk-pci,drive=root
        -drive "file=$dir/seed.iso,format=raw,if=none,id=seed,readonly=on" -device virtio-blk-pci,drive=seed
        -netdev "user,id=net,hostfwd=tcp:127.0.0.1:$port-:22" -device virtio-net-pci,netdev=net,romfile=
        -device virtio-rng-pci)
    [[ ! -e $dir/data.qcow2 ]] || arguments+=(-drive "file=$dir/data.qcow2,format=qcow2,if=none,id=data,cache=writeback"
        -device virtio-blk-pci,drive=data,serial=data)
    setsid "$QEMU" "${arguments[@]}" "${@:2}" </dev/null >>"$dir/qemu.log" 2>&1 9>&- &
    printf '%s' $! >"$dir/pid"
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

wait_for_machine() {
    if wait_until "$MACHINE_SECONDS" machine_answers_or_died "$1" && machine_answers "$1"; then return; fi
    die "\"$1\" did not boot: $(tail -n 3 "$(machine_dir "$1")/qemu.log") $(tail -n 15 "$(machine_dir "$1")/console.log" | sed 's/^/  /')"
}

machine_answers() { in_machine "$1" true 2>/dev/null </dev/null; }

machine_answers_or_died() { machine_answers "$1" || { sleep 0.3 && ! machine_runs "$1"; }; }

machine_pid() {
    local pid
    pid=$(cat "$(machine_dir "$1")/pid" 2>/dev/null) || return 1
    grep -qzF "$(machine_dir "$1")/" "/proc/$pid/cmdline" 2>/dev/null || return 1
    printf '%s' "$pid"
}

machine_runs() { machine_pid "$1" >/dev/null; }

machine_is_off() { ! machine_runs "$1"; }

end_machine() {
    local pid
    # First of all: a power cut is one of the moment that it was called at.
    ! pid=$(machine_pid "$1") || kill -KILL "$pid"
    wait_until 20 machine_is_off "$1" || die "\"$1\" survives SIGKILL"
    close_connection "$1"
}

vm_stop() {
    require_machine "${1:-}"
    machine_runs "$1" || return 0
    in_machine "$1" systemctl poweroff || true
    wait_until "$MACHINE_SECONDS" machine_is_off "$1" || die "\"$1\" does not shut down"
    close_connection "$1"
}

# What the machine's kernel had given to its disk is there, and what QEMU's own cache held of the image's table goes.
vm_cut() {
    require_machine "${1:-}"
    end_machine "$1"
}

# monitor NAME COMMAND — a line for QEMU's monitor; what it answers.
monitor() {
    python3 - "$(machine_dir "$1")/monitor" "$2" <<'PYTHON'
import socket, sys
with socket.socket(socket.AF_UNIX) as monitor:
    monitor.connect(sys.argv[1])
    def answer():
        said = b""
        while not said.endswith(b"(qemu) "):
            more = monitor.recv(4096)
            if not more:
                break
            said += more
        return said.decode(errors="replace")
    answer()
    monitor.sendall(sys.argv[2].encode() + b"\n")
    print("\n".join(line for line in answer().split("\r\n")[1:] if not line.startswith("(qemu)")))
PYTHON
}

vm_save() {
    require_machine "${1:-}"
    local said
    close_connection "$1"
    said=$(monitor "$1" "savevm ${2:?save needs a tag}")
    [[ $said != *Error* ]] || die "save: $said"
}

# Memory and disk both: a killed machine is started for it, and a running one goes back.
vm_rewind() {
    require_machine "${1:-}"
    end_machine "$1"
    start_machine "$1" -loadvm "${2:?rewind needs a tag}"
    wait_for_machine "$1"
    # Its clock stood still meanwhile.
    in_machine "$1" date -s "@$(date +%s)" >/dev/null
}

# By the machine itself, from its own kernel's last act to the next one's first.
vm_reboot() {
    require_machine "${1:-}"
    local boot
    boot=$(in_machine "$1" cat /proc/sys/kernel/random/boot_id)
    in_machine "$1" systemctl reboot || true
    close_connection "$1"
    wait_until "$MACHINE_SECONDS" machine_booted_after "$1" "$boot" || die "\"$1\" does not come back"
}

machine_booted_after() {
    local boot
    boot=$(in_machine "$1" cat /proc/sys/kernel/random/boot_id 2>/dev/null) || { close_connection "$1" && sleep 0.3 && return 1; }
    [[ $boot != "$2" ]] || { close_connection "$1" && sleep 0.3 && return 1; }
}
