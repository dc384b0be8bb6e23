// Linux calls that Swift's Glibc module does not show, with plain types only.
// Each returns a value >= 0, or -errno.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Makes a static glibc look users, groups and hosts up in files (and DNS) only, never by loading the host's modules.
void linux_static_name_services(void);

/// renameat2(2) with RENAME_NOREPLACE.
int linux_rename_no_replace(int from_folder, const char *from, int to_folder, const char *to);

/// renameat2(2) with RENAME_EXCHANGE: both names stay, their contents change places.
int linux_exchange(const char *one, const char *other);

/// openat2(2) with RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS and O_CLOEXEC, or the same by steps.
int linux_open_beneath(int folder, const char *path, int flags, uint32_t mode);

/// The same by openat(2), one folder after the other, where openat2 is taken away; `..` is refused even where it stays beneath.
///
/// systemd's RestrictSUIDSGID=, which DynamicUser= implies, takes it away: its filter cannot look into openat2's arguments.
int linux_open_beneath_by_steps(int folder, const char *path, int flags, uint32_t mode);

/// lgetxattr(2) of security.capability. Returns how many bytes there are, 0 for none.
int linux_file_capabilities(const char *path, void *value, size_t room);

/// fsetxattr(2) of it, or fremovexattr(2) when there are no bytes.
int linux_set_file_capabilities(int descriptor, const void *value, size_t length);

/// syncfs(2): everything of the descriptor's file system reaches the disk.
int linux_sync_file_system(int descriptor);

/// LOOP_GET_STATUS64: the file system and the inode of the file behind a loop device, as stat(2) numbers them.
int linux_loop_file(int descriptor, uint64_t *device, uint64_t *inode);

/// memmem(3): whether the bytes hold these others, 1 or 0.
int linux_contains(const void *bytes, size_t count, const void *others, size_t other_count);

/// fallocate(2) with FALLOC_FL_KEEP_SIZE: room for so many bytes, in one piece if there is one.
int linux_preallocate(int descriptor, int64_t bytes);

/// Makes the heap give memory back as soon as a large piece of it is free, however large the pieces become.
void linux_bound_heap(void);

/// What posix_spawn needs to know of a child.
struct linux_child {
    const char *executable;
    char *const *arguments;
    char *const *environment;
    const char *working_directory;  // NULL: the parent's
    int standard_input;
    int standard_output;
    int standard_error;
};

/// Starts a child in a process group of its own, with empty signal mask, default handlers and no
/// descriptor above 2. Returns its process id.
int linux_spawn(const struct linux_child *child);

/// Waits for a child. Returns its exit code, or 128 + the signal that ended it.
int linux_wait(int process);

/// pidfd_open(2): a descriptor that poll(2) says can be read once the process has ended.
int linux_process_open(int process);

/// Is any member of the process group alive? 1 or 0.
int linux_group_alive(int group);

/// From now on each of these signals is a byte, its number, in a pipe whose reading end this returns. The last caller has them.
int linux_watch_signals(const int *signals, int count);

/// One descriptor of a set, and what happened to it.
struct linux_event {
    uint64_t key;     // as it was given
    int is_broken;    // nobody is at the other end, or it failed
};

/// epoll_create1(2) with EPOLL_CLOEXEC.
int linux_events_create(void);

/// epoll_ctl(2): tells once, each time when there is more to read or room to write (edge-triggered), or, of a socket that
/// listens, as long as somebody knocks.
int linux_events_add(int set, int descriptor, uint64_t key, int listens);

/// epoll_ctl(2): tells no more of it.
int linux_events_remove(int set, int descriptor);

/// epoll_wait(2). Returns how many there are, 0 after a signal.
int linux_events_wait(int set, struct linux_event *events, int most, int milliseconds);

/// landlock_create_ruleset(2) with LANDLOCK_CREATE_RULESET_VERSION: the version of Landlock that this kernel enforces.
int linux_landlock_version(void);

/// A file or folder, open with O_PATH, and whether what is there, and beneath it, may be changed or only read.
struct linux_reach {
    int descriptor;
    int writes;
};

/// landlock_restrict_self(2), after PR_SET_NO_NEW_PRIVS: from now on this thread, and whatever it starts, changes files within
/// this reach only, and reads there only if `limits_reading`.
int linux_landlock(const struct linux_reach *reach, size_t count, int limits_reading);

/// prctl(2) with PR_GET_SECCOMP: 0 or more when the kernel has filters of system calls.
int linux_seccomp_mode(void);

/// The library's own words for an errno.
const char *linux_error_text(int error);

/// environ(7), as it is now; it ends with a null.
char *const *linux_environment(void);

/// How many processors this process may use, by sched_getaffinity(2); or -errno.
int linux_usable_processors(void);

