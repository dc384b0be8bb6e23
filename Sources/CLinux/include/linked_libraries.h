#pragma once

/// A line for each library of a release: name, upstream version, Debian's source=version.
/// Empty in a development build, which takes the system's libraries.
const char *linked_libraries(void);
