// Initialisers and sizes that are macros with casts, which Swift does not import.
#pragma once
#include <lzma.h>

static inline lzma_stream lzma_stream_empty(void) {
    lzma_stream stream = LZMA_STREAM_INIT;
    return stream;
}
static const lzma_vli LZMA_SIZE_UNKNOWN = LZMA_VLI_UNKNOWN;

/// The whole header's size, told by its first byte.
static inline uint32_t lzma_block_header_size_of(uint8_t first) { return lzma_block_header_size_decode(first); }
static const lzma_vli LZMA_FILTER_LZMA2_ID = LZMA_FILTER_LZMA2;
static const lzma_vli LZMA_FILTER_X86_ID = LZMA_FILTER_X86;
