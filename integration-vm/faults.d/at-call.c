// at-call UID GID OUT FAULT KEY NTH COMMAND… — runs a command, and lets one of its system calls fail or never happen.
//
// Every call that changes files, mounts or devices, of the command and all its children, becomes a line of OUT:
// "PROGRAM UID CALL PATH", digits written as N so that temporary names are alike. The NTH call whose line is KEY is
// met by FAULT: "kill" ends its process before the call, a number is the errno it fails with, "-" does nothing. A static
// program is reached as well, and a call is counted over all threads, which strace's injection cannot do.
//
// With "clock:SECONDS" for FAULT, each look at the time of day is a line "clock", and from the NTH on it is so much later or
// earlier, as when somebody sets the clock. What the kernel itself writes down, as of files, stays right.
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARGUMENT(r, n) ((n) == 0 ? (r).rdi : (n) == 1 ? (r).rsi : (n) == 2 ? (r).rdx : (n) == 3 ? (r).r10 : (r).r8)
#else
#error "at-call knows the registers of x86_64 only"
#endif

enum place { AT, PATH, DESCRIPTOR, NOWHERE };

// Which arguments name what a call changes: the folder's descriptor and the path, the path, or the descriptor.
static const struct call {
    int number;
    const char *name;
    enum place place;
    int argument;
} calls[] = {
    {SYS_open, "open", PATH, 0}, {SYS_openat, "open", AT, 0}, {SYS_openat2, "openat2", AT, 0}, {SYS_creat, "open", PATH, 0},
    {SYS_rename, "rename", PATH, 1}, {SYS_renameat, "rename", AT, 2}, {SYS_renameat2, "rename", AT, 2},
    {SYS_link, "link", PATH, 1}, {SYS_linkat, "link", AT, 2}, {SYS_symlink, "symlink", PATH, 1},
    {SYS_symlinkat, "symlink", AT, 1}, {SYS_unlink, "unlink", PATH, 0}, {SYS_unlinkat, "unlink", AT, 0},
    {SYS_rmdir, "rmdir", PATH, 0}, {SYS_mkdir, "mkdir", PATH, 0}, {SYS_mkdirat, "mkdir", AT, 0},
    {SYS_mknod, "mknod", PATH, 0}, {SYS_mknodat, "mknod", AT, 0}, {SYS_write, "write", DESCRIPTOR, 0},
    {SYS_pwrite64, "write", DESCRIPTOR, 0}, {SYS_writev, "write", DESCRIPTOR, 0}, {SYS_pwritev, "write", DESCRIPTOR, 0},
    {SYS_sendfile, "write", DESCRIPTOR, 0}, {SYS_copy_file_range, "write", DESCRIPTOR, 2},
    {SYS_fsync, "fsync", DESCRIPTOR, 0}, {SYS_fdatasync, "fsync", DESCRIPTOR, 0}, {SYS_syncfs, "syncfs", DESCRIPTOR, 0},
    {SYS_sync, "sync", NOWHERE, 0}, {SYS_truncate, "truncate", PATH, 0}, {SYS_ftruncate, "truncate", DESCRIPTOR, 0},
    {SYS_fallocate, "fallocate", DESCRIPTOR, 0}, {SYS_chmod, "chmod", PATH, 0}, {SYS_fchmod, "chmod", DESCRIPTOR, 0},
    {SYS_fchmodat, "chmod", AT, 0}, {SYS_chown, "chown", PATH, 0}, {SYS_lchown, "chown", PATH, 0},
    {SYS_fchown, "chown", DESCRIPTOR, 0}, {SYS_fchownat, "chown", AT, 0}, {SYS_utimensat, "utime", AT, 0},
    {SYS_setxattr, "setxattr", PATH, 0}, {SYS_lsetxattr, "setxattr", PATH, 0}, {SYS_fsetxattr, "setxattr", DESCRIPTOR, 0},
    {SYS_mount, "mount", PATH, 1}, {SYS_umount2, "umount", PATH, 0}, {SYS_ioctl, "ioctl", DESCRIPTOR, 0},
};
enum { COUNT = sizeof calls / sizeof calls[0] };

static void die(const char *what) {
    perror(what);
    exit(125);
}

static const int clocks[] = {SYS_clock_gettime, SYS_gettimeofday, SYS_time};
enum { CLOCKS = sizeof clocks / sizeof clocks[0] };

static void stop_at_calls(int with_clocks) {
    struct sock_filter program[COUNT + CLOCKS + 4];
    int length = 0, all = COUNT + (with_clocks ? CLOCKS : 0);
    program[length++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (int i = 0; i < all; i++) {
        int number = i < COUNT ? calls[i].number : clocks[i - COUNT];
        program[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, all - i, 0);
    }
    program[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    program[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    struct sock_fprog filter = {.len = length, .filter = program};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter)) die("seccomp");
}

static void read_memory(pid_t task, unsigned long address, void *buffer, size_t size) {
    struct iovec here = {buffer, size - 1}, there = {(void *)address, size - 1};
    memset(buffer, 0, size);
    if (process_vm_readv(task, &here, 1, &there, 1, 0) > 0) return;
    // The string may end just before a page that is not there.
    here.iov_len = there.iov_len = 4096 - address % 4096 < size - 1 ? 4096 - address % 4096 : size - 1;
    process_vm_readv(task, &here, 1, &there, 1, 0);
}

static int link_of(char *out, size_t size, const char *format, pid_t task, int number) {
    char name[64];
    snprintf(name, sizeof name, format, task, number);
    ssize_t length = readlink(name, out, size - 1);
    out[length < 0 ? 0 : length] = 0;
    return length > 0;
}

static long status_number(pid_t task, const char *field) {
    char name[64], line[256];
    long value = 0;
    snprintf(name, sizeof name, "/proc/%d/status", task);
    FILE *file = fopen(name, "r");
    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, field, strlen(field))) value = atol(line + strlen(field));
    if (file) fclose(file);
    return value;
}

// The path that a call changes; 0 when it changes none that counts.
static int path_of(pid_t task, const struct call *call, struct user_regs_struct *r, char *path, size_t size) {
    char given[4096], folder[4096];
    long argument = ARGUMENT(*r, call->argument);
    switch (call->place) {
    case NOWHERE:
        snprintf(path, size, "-");
        return 1;
    case DESCRIPTOR: {
        if (!link_of(path, size, "/proc/%d/fd/%d", task, (int)argument) || path[0] != '/') return 0;
        if (!strcmp(call->name, "ioctl")) {
            unsigned long type = ARGUMENT(*r, 1) >> 8 & 0xff;
            return type == 0x4c || type == 0x94;  // linux/loop.h, linux/btrfs.h
        }
        return strncmp(path, "/dev/", 5) || strstr(path, "loop") ? 1 : 0;
    }
    case PATH:
        read_memory(task, argument, given, sizeof given);
        argument = AT_FDCWD;
        break;
    case AT:
        read_memory(task, ARGUMENT(*r, call->argument + 1), given, sizeof given);
        break;
    }
    if (!strcmp(call->name, "open")) {
        long flags = call->number == SYS_creat ? O_CREAT : ARGUMENT(*r, call->place == AT ? 2 : 1);
        if (!(flags & (O_CREAT | O_TRUNC))) return 0;
    } else if (!strcmp(call->name, "openat2")) {
        unsigned long flags[2];
        read_memory(task, ARGUMENT(*r, 2), flags, sizeof flags);
        if (!(flags[0] & (O_CREAT | O_TRUNC))) return 0;
    }
    if (given[0] == '/') folder[0] = 0;
    else if ((int)argument == AT_FDCWD) link_of(folder, sizeof folder, "/proc/%d/cwd%.0d", task, 0);
    else link_of(folder, sizeof folder, "/proc/%d/fd/%d", task, (int)argument);
    if (snprintf(path, size, "%s%s%s", folder, folder[0] && given[0] ? "/" : "", given) >= (int)size) return 0;
    return strncmp(path, "/dev/", 5) && strncmp(path, "/proc/", 6);
}

static int key_of(pid_t task, const struct call *call, struct user_regs_struct *r, char *key, size_t size, pid_t *process) {
    char path[8192], name[64], program[64] = "?";
    if (!path_of(task, call, r, path, sizeof path)) return 0;
    *process = status_number(task, "Tgid:");
    snprintf(name, sizeof name, "/proc/%d/comm", *process);
    FILE *file = fopen(name, "r");
    if (file && fgets(program, sizeof program, file)) program[strcspn(program, "\n")] = 0;
    if (file) fclose(file);
    char line[9000];
    snprintf(line, sizeof line, "%s %ld %s %s", program, status_number(task, "Uid:"), call->name, path);
    size_t at = 0;
    int skip = 0;
    // The user's number stays; what counts in a path is its shape.
    char *digits = strstr(line, call->name);
    for (char *c = line; *c && at + 2 < size; c++) {
        int digit = c > digits && *c >= '0' && *c <= '9';
        if (digit && skip) continue;
        key[at++] = digit ? 'N' : *c;
        skip = digit;
    }
    key[at] = 0;
    return 1;
}

static long peek(pid_t task, unsigned long address) { return ptrace(PTRACE_PEEKDATA, task, address, 0); }

// Without the vDSO, which is found by the auxiliary vector behind arguments and environment, to look at the clock is a call.
static void hide_vdso(pid_t task) {
    struct user_regs_struct r;
    if (ptrace(PTRACE_GETREGS, task, 0, &r)) return;
    unsigned long at = r.rsp + 8 * (1 + peek(task, r.rsp) + 1);
    while (peek(task, at)) at += 8;
    for (at += 8; peek(task, at); at += 16)
        if (peek(task, at) == AT_SYSINFO_EHDR) ptrace(PTRACE_POKEDATA, task, at, AT_IGNORE);
}

// Answers in the kernel's place; 0 when it is another clock that is looked at.
static int tell_time(pid_t task, struct user_regs_struct *r, long jump) {
    int number = r->orig_rax, is_gettime = number == SYS_clock_gettime;
    if (is_gettime && r->rdi != CLOCK_REALTIME && r->rdi != CLOCK_REALTIME_COARSE) return 0;
    unsigned long place = is_gettime ? r->rsi : r->rdi;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_sec += jump;
    if (place) ptrace(PTRACE_POKEDATA, task, place, now.tv_sec);
    if (place && number != SYS_time) ptrace(PTRACE_POKEDATA, task, place + 8, is_gettime ? now.tv_nsec : now.tv_nsec / 1000);
    r->rax = number == SYS_time ? now.tv_sec : 0;
    r->orig_rax = -1;
    ptrace(PTRACE_SETREGS, task, 0, r);
    return 1;
}

static int is_clock(long number) {
    for (int i = 0; i < CLOCKS; i++)
        if (clocks[i] == number) return 1;
    return 0;
}

int main(int count, char **arguments) {
    if (count < 8) return fprintf(stderr, "usage: at-call UID GID OUT FAULT KEY NTH COMMAND...\n"), 2;
    uid_t user = atoi(arguments[1]);
    gid_t group = atoi(arguments[2]);
    const char *fault = arguments[4], *wanted = arguments[5];
    int with_clocks = !strncmp(fault, "clock:", 6);
    int nth = atoi(arguments[6]), seen = 0, begun = 0, code = 125, gate[2];
    FILE *out = fopen(arguments[3], "we");
    if (!out || pipe2(gate, O_CLOEXEC)) die(arguments[3]);
    pid_t child = fork();
    if (child == 0) {
        char go;
        if (read(gate[0], &go, 1) != 1 || setgroups(1, &group) || setgid(group)) die("start");
        stop_at_calls(with_clocks);
        if (setuid(user)) die("setuid");
        execvp(arguments[7], arguments + 7);
        die(arguments[7]);
    }
    long options = PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                   PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP;
    if (ptrace(PTRACE_SEIZE, child, 0, options) || write(gate[1], "g", 1) != 1) die("ptrace");
    for (;;) {
        int status;
        pid_t task = waitpid(-1, &status, __WALL);
        if (task < 0) {
            if (errno == EINTR) continue;
            break;  // All have ended.
        }
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (task == child) code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            continue;
        }
        int event = status >> 16, pass = 0;
        if (event == PTRACE_EVENT_EXEC) begun = 1;
        if (event == PTRACE_EVENT_EXEC && with_clocks) hide_vdso(task);
        if (event == PTRACE_EVENT_SECCOMP && begun) {
            struct user_regs_struct r;
            char key[8192];
            pid_t process;
            const struct call *call = calls;
            if (ptrace(PTRACE_GETREGS, task, 0, &r)) continue;
            if (with_clocks && is_clock(r.orig_rax)) {
                if (tell_time(task, &r, seen + 1 >= nth ? atol(fault + 6) : 0)) seen++, fputs("clock\n", out);
                ptrace(PTRACE_CONT, task, 0, 0);
                continue;
            }
            while (call < calls + COUNT && call->number != (int)r.orig_rax) call++;
            if (call < calls + COUNT && key_of(task, call, &r, key, sizeof key, &process)) {
                fprintf(out, "%s\n", key);
                if (!strcmp(key, wanted) && ++seen == nth && strcmp(fault, "-") && !with_clocks) {
                    fprintf(out, "! %s\n", key);
                    if (!strcmp(fault, "kill")) kill(process, SIGKILL);
                    else {
                        r.orig_rax = -1;
                        r.rax = -atol(fault);
                        ptrace(PTRACE_SETREGS, task, 0, &r);
                    }
                }
            }
        } else if (event == PTRACE_EVENT_STOP) {
            int signal = WSTOPSIG(status);
            if (signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU) {
                ptrace(PTRACE_LISTEN, task, 0, 0);
                continue;
            }
        } else if (event == 0) {
            pass = WSTOPSIG(status);
        }
        ptrace(PTRACE_CONT, task, 0, pass);
    }
    fclose(out);
    return code;
}
