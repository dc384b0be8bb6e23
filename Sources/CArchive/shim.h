// The kinds of entry are macros with casts, which Swift does not import.
#pragma once
#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

static const unsigned int ARCHIVE_KIND_FILE = AE_IFREG;
static const unsigned int ARCHIVE_KIND_FOLDER = AE_IFDIR;
static const unsigned int ARCHIVE_KIND_LINK = AE_IFLNK;

// archive_set_error takes a format and more, which Swift does not import.
static inline void archive_set_error_text(struct archive *handle, int code, const char *text) {
    archive_set_error(handle, code, "%s", text);
}

// libarchive turns what is declared as UTF-8 into the locale's encoding, and into NFC on the way. In the locale "C" it
// cannot, and gives a name's bytes as they are, or, for a zip, none.
static inline locale_t archive_plain_names_begin(void) { return uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0)); }
static inline void archive_plain_names_end(locale_t before) { uselocale(before); }
