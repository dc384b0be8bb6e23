#pragma once

/// An argument that this process was started with, the program's name being the first; NULL after the last.
///
/// Swift's own list comes from /proc, which a bare root folder does not have.
const char *linux_argument(int index);
