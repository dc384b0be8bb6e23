# shellcheck shell=bash
# shellcheck disable=SC2034 # read by the other parts
# What differs between architectures: emulator, machine, consoles, kernel.

# architecture ARCH RELEASE — sets DEBIAN_ARCH, KERNEL_PACKAGE, QEMU, QEMU_PACKAGE, CONSOLE and EMULATION.
architecture() {
    case $1 in
    x86_64)
        DEBIAN_ARCH=amd64
        QEMU=qemu-system-x86_64
        QEMU_PACKAGE=qemu-system-x86
        CONSOLE=ttyS0
        HARDWARE=(-machine pc -accel kvm -cpu host)
        EMULATION=(-machine pc -accel "tcg,thread=multi")
        # Debian 13's kernel panics on the newest processor that QEMU 7.2 can emulate.
        [[ $2 == trixie ]] || EMULATION+=(-cpu max)
        ;;
    aarch64)
        DEBIAN_ARCH=arm64
        QEMU=qemu-system-aarch64
        QEMU_PACKAGE=qemu-system-arm
        CONSOLE=ttyAMA0
        HARDWARE=(-machine virt -accel kvm -cpu host)
        # The first that clouds had of the kind: what runs there runs on each since.
        EMULATION=(-machine virt -accel "tcg,thread=multi" -cpu cortex-a72)
        ;;
    *) die "no virtual machines of architecture \"$1\"" ;;
    esac
    KERNEL_PACKAGE=linux-image-cloud-$DEBIAN_ARCH
}

# Whether the hardware helps as far as a machine's firmware, which is asked in no time and before there is an image.
vm_hardware() {
    local words
    architecture "$(uname -m)" bookworm
    [[ -w /dev/kvm ]] || return 1
    [[ $(uname -m) == x86_64 ]] || return 0
    words=$(timeout 5 "$QEMU" "${HARDWARE[@]}" -m 64 -nodefaults -no-user-config -display none -chardev stdio,id=log \
        -device isa-debugcon,iobase=0x402,chardev=log </dev/null 2>/dev/null | head -n 1) || true
    [[ $words == SeaBIOS* ]]
}

# hardware_works IMAGE ARCH — whether a kernel runs with the hardware's help, up to where it lacks a root. That there
# is a /dev/kvm says little: in a machine that is itself virtual it may be there and run nothing.
hardware_works() {
    [[ -w /dev/kvm && $2 == "$(uname -m)" ]] || return 1
    timeout 20 "$QEMU" "${HARDWARE[@]}" -m 512 -nodefaults -no-user-config -display none -serial stdio -no-reboot \
        -kernel "$1/kernel" -append "console=$CONSOLE panic=-1" </dev/null 2>/dev/null | grep -q 'Kernel panic'
}
