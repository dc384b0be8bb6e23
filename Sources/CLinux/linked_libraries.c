#include "linked_libraries.h"

// Lies beside the static libraries; the release's build says where.
#if __has_include(<host-bootstrap-libraries.h>)
#include <host-bootstrap-libraries.h>
#else
#define LINKED_LIBRARIES ""
#endif

const char *linked_libraries(void) { return LINKED_LIBRARIES; }
