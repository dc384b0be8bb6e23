// The kinds of entry are macros with casts, which Swift does not import.
#pragma once
#include <archive.h>
#include <archive_entry.h>

static const unsigned int ARCHIVE_KIND_FILE = AE_IFREG;
static const unsigned int ARCHIVE_KIND_FOLDER = AE_IFDIR;
static const unsigned int ARCHIVE_KIND_LINK = AE_IFLNK;

// archive_set_error takes a format and more, which Swift does not import.
static inline void archive_set_error_text(struct archive *handle, int code, const char *text) {
    archive_set_error(handle, code, "%s", text);
}
