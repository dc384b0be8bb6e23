internal import CSeccomp
internal import Glibc
public import Platform

/// System calls that a process, or a thread, and all that it starts have no more.
///
/// libseccomp knows each call's number in each of a machine's sets of calls (a 64-bit kernel has those of 32 bits, too), which
/// a filter of our own would have to list anew for every architecture.
public struct SystemCallFilter: Sendable {
    /// Whom it holds for.
    public enum Extent: Sendable {
        /// Every thread; programs that gain rights by set-id go on gaining them. Needs CAP_SYS_ADMIN.
        case process
        /// The calling one, which can gain no rights any more.
        case thread
    }

    private let refused: [String]
    private let refusesUserNamespaces: Bool

    /// What neither the helper nor apt, dpkg and their packages' scripts need: another process's memory, another kernel or
    /// pieces of this one, its keys, and what is new enough to have had a fault each year.
    ///
    /// mount(2), chroot(2) and the like are left: maintainer scripts use them.
    public static let helper = SystemCallFilter(
        refused: memory + kernel + ["add_key", "request_key", "keyctl", "open_by_handle_at"] + uring,
        refusesUserNamespaces: true)

    /// What unpacking does not do: to start programs, to talk to anybody, to touch another process or the kernel.
    public static let unpacking = SystemCallFilter(
        refused: memory + kernel + uring
            + [
                "execve", "execveat", "socket", "socketpair", "socketcall", "connect", "bind", "listen", "accept",
                "accept4", "kill", "tkill", "mount", "umount2", "chroot", "unshare", "setns", "keyctl",
            ],
        refusesUserNamespaces: true)

    private static let memory = [
        "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "userfaultfd",
        "perf_event_open",
    ]
    private static let kernel = [
        "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "bpf", "reboot", "iopl",
        "ioperm", "acct", "pivot_root", "lookup_dcookie", "uselib", "_sysctl", "nfsservctl", "vm86", "vm86old",
    ]
    private static let uring = ["io_uring_setup", "io_uring_enter", "io_uring_register"]

    /// The calls' names.
    public var names: [String] { refused }

    /// Takes the calls away, so that they fail with EPERM; there is no way back.
    public func apply(to extent: Extent) throws(SystemCallError) {
        guard let context = seccomp_init(seccomp_allow) else {
            throw SystemCallError("seccomp_init", "a filter", code: ENOMEM)
        }
        defer { seccomp_release(context) }
        try check(seccomp_add_other_architectures(context))
        for name in refused {
            let number = seccomp_syscall_resolve_name(name)
            // Of a kernel newer than the library, which then has no number for it.
            if number == __NR_SCMP_ERROR { continue }
            try check(seccomp_rule_add_array(context, seccomp_fail_with(EPERM), number, 0, nil))
        }
        if refusesUserNamespaces { try refuseUserNamespaces(context) }
        // PR_SET_NO_NEW_PRIVS would take from maintainer scripts what su(1) and the like give.
        try check(seccomp_attr_set(context, SCMP_FLTATR_CTL_NNP, extent == .thread ? 1 : 0))
        try check(seccomp_attr_set(context, SCMP_FLTATR_CTL_TSYNC, extent == .process ? 1 : 0))
        try check(seccomp_load(context))
    }

    /// The same for the calling thread; where the kernel has no such filters, nothing changes.
    public func applyToThread() throws(SystemCallError) {
        if KernelSupport.hasSeccomp { try apply(to: .thread) }
    }

    private func refuseUserNamespaces(_ context: scmp_filter_ctx) throws(SystemCallError) {
        // CLONE_NEWUSER of clone(2), in the first argument of both.
        let flag = scmp_arg_cmp(arg: 0, op: SCMP_CMP_MASKED_EQ, datum_a: 0x1000_0000, datum_b: 0x1000_0000)
        for name in ["clone", "unshare"] where !refused.contains(name) {
            let number = seccomp_syscall_resolve_name(name)
            try check(seccomp_rule_add_array(context, seccomp_fail_with(EPERM), number, 1, [flag]))
        }
        // Its arguments lie in memory, where no filter looks: glibc then takes clone(2).
        let number = seccomp_syscall_resolve_name("clone3")
        if number != __NR_SCMP_ERROR {
            try check(seccomp_rule_add_array(context, seccomp_fail_with(ENOSYS), number, 0, nil))
        }
    }

    private func check(_ code: Int32) throws(SystemCallError) {
        // What could not be loaded is told by the kernel: ECANCELED stands for its own number, in errno.
        if code < 0 { throw SystemCallError("seccomp", "a filter", code: code == -ECANCELED ? errno : -code) }
    }
}
