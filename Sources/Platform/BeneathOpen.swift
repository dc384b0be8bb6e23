import CLinux

extension Descriptor {
    /// Opens a path below this folder; whatever the path says, no `..` and no symbolic link leads out of it or anywhere.
    ///
    /// O_CLOEXEC is always added. The corresponding C function is `openat2`, with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS.
    public borrowing func openBeneath(
        _ path: String, _ flags: Int32, mode: UInt32 = 0o600
    ) throws(SystemCallError) -> Descriptor {
        let folder = number
        return Descriptor(owning: try checkNegated("openat2", path) { linux_open_beneath(folder, path, flags, mode) })
    }
}
