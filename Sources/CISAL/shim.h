// isal_inflate's state holds arrays too large for Swift to import: one call, with the pointers passed by reference.
#pragma once
#include <isa-l/igzip_lib.h>
#include <stddef.h>
#include <stdlib.h>

typedef struct isal_stream isal_stream;

static inline isal_stream *isal_stream_new(void) {
    return (isal_stream *)malloc(sizeof(struct inflate_state));
}
static inline void isal_stream_free(isal_stream *stream) { free(stream); }

/// Begins a gzip member; its header is read and its checksum compared by isal_stream_inflate.
static inline void isal_stream_begin(isal_stream *stream) {
    isal_inflate_init((struct inflate_state *)stream);
    ((struct inflate_state *)stream)->crc_flag = ISAL_GZIP;
}

/// Inflates what it can; the buffers' starts and lengths move on. Returns ISA-L's code: 0 or more is no error.
static inline int isal_stream_inflate(isal_stream *stream, const uint8_t **in, uint32_t *in_length, uint8_t **out,
                                      uint32_t *out_length) {
    struct inflate_state *state = (struct inflate_state *)stream;
    state->next_in = (uint8_t *)*in;
    state->avail_in = *in_length;
    state->next_out = *out;
    state->avail_out = *out_length;
    int code = isal_inflate(state);
    *in = state->next_in;
    *in_length = state->avail_in;
    *out = state->next_out;
    *out_length = state->avail_out;
    return code;
}

/// The member has ended, its checksum was right, and all of it is out.
static inline int isal_stream_finished(const isal_stream *stream) {
    return ((const struct inflate_state *)stream)->block_state == ISAL_BLOCK_FINISH;
}
