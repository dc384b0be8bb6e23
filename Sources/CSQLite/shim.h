#pragma once
#include <sqlite3.h>

// A macro with arithmetic in it, which Swift does not import.
static const int sqlite_readonly_rollback = SQLITE_READONLY_ROLLBACK;

// SQLITE_TRANSIENT is a cast, which Swift does not import: SQLite copies what is bound.
static inline int sqlite_bind_text(sqlite3_stmt *statement, int index, const char *text, int length) {
    return sqlite3_bind_text(statement, index, text, length, SQLITE_TRANSIENT);
}

static inline int sqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, int length) {
    return length == 0 ? sqlite3_bind_zeroblob(statement, index, 0)
                       : sqlite3_bind_blob(statement, index, bytes, length, SQLITE_TRANSIENT);
}
