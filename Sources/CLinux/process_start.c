#define _GNU_SOURCE
#include "process_start.h"

#include <stdlib.h>
#include <unistd.h>

static int count;
static char **words;

// glibc gives every constructor what main gets. Before those of Swift's runtime, which have no priority.
__attribute__((constructor(101))) static void begin(int argument_count, char **arguments) {
    char first;
    count = argument_count;
    words = arguments;
    // To find its program for backtraces the runtime needs /proc, and aborts where nobody mounted it.
    if (readlink("/proc/self/exe", &first, 1) < 0) setenv("SWIFT_BACKTRACE", "enable=no,swift-backtrace=/", 0);
}

const char *linux_argument(int index) { return index >= 0 && index < count ? words[index] : NULL; }
