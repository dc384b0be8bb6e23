#define _GNU_SOURCE
#include "linux_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <linux/loop.h>
#include <linux/openat2.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

// Declared in glibc's nss.h only for its own use, exported since 2.0.
extern int __nss_configure_lookup(const char *database, const char *services);

void linux_static_name_services(void) {
    static const char *const databases[] = {"aliases",  "ethers",   "group",     "gshadow",  "initgroups", "netgroup",
                                            "networks", "passwd",   "protocols", "publickey", "rpc",        "services",
                                            "shadow"};
    for (size_t i = 0; i < sizeof databases / sizeof *databases; i++) __nss_configure_lookup(databases[i], "files");
    __nss_configure_lookup("hosts", "files dns");
}

static int result(int value) { return value < 0 ? -errno : value; }

int linux_rename_no_replace(int from_folder, const char *from, int to_folder, const char *to) {
    return result(renameat2(from_folder, from, to_folder, to, RENAME_NOREPLACE));
}

static const char capabilities[] = "security.capability";

int linux_file_capabilities(const char *path, void *value, size_t room) {
    ssize_t length = lgetxattr(path, capabilities, value, room);
    // A file system that keeps none has none.
    return length < 0 && (errno == ENODATA || errno == EOPNOTSUPP) ? 0 : result((int)length);
}

int linux_set_file_capabilities(int descriptor, const void *value, size_t length) {
    if (length > 0) return result(fsetxattr(descriptor, capabilities, value, length, 0));
    int removed = fremovexattr(descriptor, capabilities);
    return removed < 0 && errno == ENODATA ? 0 : result(removed);
}

int linux_exchange(const char *one, const char *other) {
    return result(renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE));
}

int linux_open_beneath(int folder, const char *path, int flags, uint32_t mode) {
    struct open_how how = {
        .flags = (uint64_t)(flags | O_CLOEXEC),
        .mode = (flags & O_CREAT) ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    int opened = result((int)syscall(SYS_openat2, folder, path, &how, sizeof how));
    return opened == -ENOSYS ? linux_open_beneath_by_steps(folder, path, flags, mode) : opened;
}

// A link in a folder's place is told as a link, as openat2 does, and not as "no folder".
static int open_step(int folder, const char *name, int flags, uint32_t mode) {
    struct stat status;
    int opened = result(openat(folder, name, flags | O_NOFOLLOW | O_CLOEXEC, mode));
    bool is_link = opened == -ENOTDIR && fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
    // By O_PATH the link itself is opened.
    if (opened >= 0 && (flags & O_PATH) && (fstat(opened, &status) < 0 || S_ISLNK(status.st_mode))) {
        close(opened);
        is_link = true;
    }
    return is_link ? -ELOOP : opened;
}

int linux_open_beneath_by_steps(int folder, const char *path, int flags, uint32_t mode) {
    char name[NAME_MAX + 1];
    int at = folder;
    if (*path == '\0') return -ENOENT;
    if (*path == '/') return -EXDEV;
    for (;;) {
        size_t length = strcspn(path, "/");
        const char *rest = path + length + strspn(path + length, "/");
        int next;
        if (length > NAME_MAX) {
            next = -ENAMETOOLONG;
        } else {
            memcpy(name, path, length);
            name[length] = '\0';
            bool is_last = *rest == '\0', is_folder = path[length] == '/';
            next = strcmp(name, "..") == 0 ? -EXDEV
                   : is_last               ? open_step(at, name, flags | (is_folder ? O_DIRECTORY : 0), mode)
                                           : open_step(at, name, O_PATH | O_DIRECTORY, 0);
        }
        if (at != folder) close(at);
        if (next < 0 || *rest == '\0') return next;
        at = next;
        path = rest;
    }
}

int linux_sync_file_system(int descriptor) { return result(syncfs(descriptor)); }

int linux_loop_file(int descriptor, uint64_t *device, uint64_t *inode) {
    struct loop_info64 info;
    if (ioctl(descriptor, LOOP_GET_STATUS64, &info) < 0) return -errno;
    *device = info.lo_device;
    *inode = info.lo_inode;
    return 0;
}

int linux_contains(const void *bytes, size_t count, const void *others, size_t other_count) {
    return memmem(bytes, count, others, other_count) != NULL;
}

int linux_preallocate(int descriptor, int64_t bytes) {
    return result(fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, bytes));
}

static volatile sig_atomic_t signal_pipe = -1;

static void tell_signal(int number) {
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    if (write(signal_pipe, &byte, 1) < 0) { /* A full pipe has told enough. */ }
    errno = saved;
}

int linux_watch_signals(const int *signals, int count) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    signal_pipe = ends[1];
    struct sigaction action = {.sa_handler = tell_signal, .sa_flags = SA_RESTART};
    for (int i = 0; i < count; i++)
        if (sigaction(signals[i], &action, NULL) < 0) return -errno;
    return ends[0];
}

int linux_events_create(void) { return result(epoll_create1(EPOLL_CLOEXEC)); }

int linux_events_add(int set, int descriptor, uint64_t key, int listens) {
    struct epoll_event event = {.events = listens ? EPOLLIN : EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.u64 = key};
    return result(epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &event));
}

int linux_events_remove(int set, int descriptor) { return result(epoll_ctl(set, EPOLL_CTL_DEL, descriptor, NULL)); }

int linux_events_wait(int set, struct linux_event *events, int most, int milliseconds) {
    struct epoll_event found[64];
    int count = epoll_wait(set, found, most < 64 ? most : 64, milliseconds);
    if (count < 0 && errno == EINTR) return 0;
    for (int i = 0; i < count; i++) {
        events[i].key = found[i].data.u64;
        events[i].is_broken = (found[i].events & (EPOLLERR | EPOLLHUP)) != 0;
    }
    return result(count);
}

void linux_bound_heap(void) {
    // Set by hand, glibc's thresholds stay; left alone they grow with the largest piece ever freed (mallopt(3)).
    mallopt(M_MMAP_THRESHOLD, 256 << 10);
    mallopt(M_TRIM_THRESHOLD, 1 << 20);
    mallopt(M_ARENA_MAX, 4);
}

int linux_spawn(const struct linux_child *child) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    pid_t process = 0;
    int error;

    sigemptyset(&none);
    sigfillset(&all);
    if ((error = posix_spawn_file_actions_init(&actions))) return -error;
    if ((error = posix_spawnattr_init(&attributes))) {
        posix_spawn_file_actions_destroy(&actions);
        return -error;
    }
    // A task's thread has signals blocked and an ignored SIGPIPE is inherited: both are undone for the child.
    if (!error) error = posix_spawnattr_setsigmask(&attributes, &none);
    if (!error) error = posix_spawnattr_setsigdefault(&attributes, &all);
    if (!error) error = posix_spawnattr_setpgroup(&attributes, 0);
    if (!error)
        error = posix_spawnattr_setflags(&attributes,
                                         POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    if (!error) error = posix_spawn_file_actions_adddup2(&actions, child->standard_input, 0);
    if (!error) error = posix_spawn_file_actions_adddup2(&actions, child->standard_output, 1);
    if (!error) error = posix_spawn_file_actions_adddup2(&actions, child->standard_error, 2);
    if (!error) error = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    if (!error && child->working_directory)
        error = posix_spawn_file_actions_addchdir_np(&actions, child->working_directory);
    if (!error)
        error = posix_spawn(&process, child->executable, &actions, &attributes, child->arguments, child->environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return error ? -error : process;
}

int linux_wait(int process) {
    int status;
    while (waitpid(process, &status, 0) < 0)
        if (errno != EINTR) return -errno;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int linux_process_open(int process) { return result((int)syscall(SYS_pidfd_open, process, 0)); }

int linux_group_alive(int group) { return kill(-group, 0) == 0 || errno == EPERM; }

// Of later versions than the header's that a build may have; see landlock(7).
#define ACCESS_REFER (1ULL << 13)
#define ACCESS_TRUNCATE (1ULL << 14)

static const uint64_t reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE;
static const uint64_t making = LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                               LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                               LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM | ACCESS_REFER;
// Nobody here makes any of these.
static const uint64_t special = LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                                LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SOCK;
static const uint64_t of_files = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE;

int linux_landlock_version(void) {
    return result((int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION));
}

int linux_landlock(const struct linux_reach *reach, size_t count, int limits_reading) {
    int version = linux_landlock_version();
    if (version < 0) return version;
    struct landlock_ruleset_attr attributes = {.handled_access_fs = making | special | (limits_reading ? reading : 0)};
    if (version < 2) attributes.handled_access_fs &= ~ACCESS_REFER;
    if (version < 3) attributes.handled_access_fs &= ~ACCESS_TRUNCATE;
    int rules = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    if (rules < 0) return -errno;
    int error = 0;
    for (size_t i = 0; i < count && !error; i++) {
        struct stat status;
        struct landlock_path_beneath_attr rule = {
            .allowed_access = attributes.handled_access_fs & (reading | (reach[i].writes ? making : 0)),
            .parent_fd = reach[i].descriptor,
        };
        if (fstat(reach[i].descriptor, &status) < 0) error = -errno;
        else if (!S_ISDIR(status.st_mode)) rule.allowed_access &= of_files;
        if (!error && rule.allowed_access && syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
            error = -errno;
    }
    // Both hold for this thread and what it starts.
    if (!error && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) error = -errno;
    if (!error && syscall(SYS_landlock_restrict_self, rules, 0) < 0) error = -errno;
    close(rules);
    return error;
}

int linux_seccomp_mode(void) { return result(prctl(PR_GET_SECCOMP, 0, 0, 0, 0)); }

const char *linux_error_text(int error) { return strerrordesc_np(error); }

int linux_usable_processors(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) < 0) return -errno;
    return CPU_COUNT(&set);
}

char *const *linux_environment(void) { return environ; }
