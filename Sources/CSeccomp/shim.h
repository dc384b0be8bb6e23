#pragma once
#include <seccomp.h>

// Macros with casts and arguments are not imported.
static const uint32_t seccomp_allow = SCMP_ACT_ALLOW;
static inline uint32_t seccomp_fail_with(int error) { return SCMP_ACT_ERRNO(error); }

/// The other sets of system calls that this machine's kernel has, so that none of them is a way around. 0, or -errno.
static inline int seccomp_add_other_architectures(scmp_filter_ctx context) {
#if defined(__x86_64__)
    int code = seccomp_arch_add(context, SCMP_ARCH_X86);
    return code ? code : seccomp_arch_add(context, SCMP_ARCH_X32);
#elif defined(__aarch64__)
    return seccomp_arch_add(context, SCMP_ARCH_ARM);
#else
    return 0;
#endif
}
