// The states of isal_inflate and isal_deflate hold arrays too large for Swift to import: one call each, with the pointers
// passed by reference.
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

/// A deflater with what it needs at ISA-L's best level.
struct isal_deflate_state {
    struct isal_zstream stream;
    uint8_t level[ISAL_DEF_LVL3_DEFAULT];
};
typedef struct isal_deflater isal_deflater;

/// Begins a gzip member.
static inline isal_deflater *isal_deflater_new(void) {
    struct isal_deflate_state *state = (struct isal_deflate_state *)malloc(sizeof(struct isal_deflate_state));
    if (!state) return NULL;
    isal_deflate_init(&state->stream);
    state->stream.gzip_flag = IGZIP_GZIP;
    state->stream.level = 3;
    state->stream.level_buf = state->level;
    state->stream.level_buf_size = sizeof state->level;
    return (isal_deflater *)state;
}
static inline void isal_deflater_free(isal_deflater *deflater) { free(deflater); }

/// Deflates what it can; the buffers' starts and lengths move on. Returns ISA-L's code: 0 is no error.
static inline int isal_deflater_deflate(isal_deflater *deflater, const uint8_t **in, uint32_t *in_length, uint8_t *out,
                                        uint32_t *out_length, int is_end) {
    struct isal_zstream *stream = &((struct isal_deflate_state *)deflater)->stream;
    stream->next_in = (uint8_t *)*in;
    stream->avail_in = *in_length;
    stream->next_out = out;
    stream->avail_out = *out_length;
    stream->end_of_stream = is_end;
    int code = isal_deflate(stream);
    *in = stream->next_in;
    *in_length = stream->avail_in;
    *out_length = stream->avail_out;
    return code;
}

/// All of the member is out.
static inline int isal_deflater_finished(const isal_deflater *deflater) {
    return ((const struct isal_deflate_state *)deflater)->stream.internal_state.state == ZSTATE_END;
}
