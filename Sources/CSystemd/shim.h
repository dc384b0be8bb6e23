// libsystemd tells its version neither at run time nor in its headers: the release's build writes it down.
#pragma once
#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>
// Where in its own sources a C program writes an entry is of no use here.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>
#if __has_include(<systemd/linked-version.h>)
#include <systemd/linked-version.h>
#else
#define LINKED_SYSTEMD_VERSION "the system's"
#endif
