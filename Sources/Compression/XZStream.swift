internal import CLZMA

/// What stands around the blocks of one .xz stream: header before, index and footer behind.
final class XZStream: @unchecked Sendable {
    // @unchecked: touched with the decoder's lock held, or by the one thread whose turn it is.
    private var flags = lzma_stream_flags()
    private var index: OpaquePointer?
    /// How many blocks the index was told of.
    private(set) var blocks = 0

    /// Reads the header; behind another stream there may be something else.
    init(_ input: FileInput, isFirst: Bool) throws(DecompressionError) {
        // Every header's first byte (.xz file format, 2.1.1.1); `input` stands at one byte at least.
        if !isFirst, input.rest.first != 0xFD { throw .trailing(after: "xz stream") }
        let header = try input.bytes(Int(LZMA_STREAM_HEADER_SIZE), of: "the xz header")
        if !isFirst, !header.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]) { throw .trailing(after: "xz stream") }
        try XZ.check(lzma_stream_header_decode(&flags, header), "the xz header")
        guard lzma_check_is_supported(flags.check) != 0 else {
            throw .damaged("its kind of checksum is not known here")
        }
        index = lzma_index_hash_init(nil, nil)
        guard index != nil else { throw .noMemory("a few bytes") }
    }

    deinit { lzma_index_hash_end(index, nil) }

    var check: lzma_check { flags.check }

    /// Remembers a block's sizes, for the index; blocks come in their order.
    func append(_ sizes: (unpadded: UInt64, uncompressed: UInt64)) throws(DecompressionError) {
        try XZ.check(lzma_index_hash_append(index, sizes.unpadded, sizes.uncompressed), "the xz blocks")
        blocks += 1
    }

    /// Reads index and footer, and compares them with what the blocks were.
    func readEnd(_ input: FileInput) throws(DecompressionError) {
        var code = LZMA_OK
        while code == LZMA_OK {
            guard try input.fill() else { throw .damaged("it is cut off in the xz index") }
            let rest = input.rest
            var position = 0
            code = lzma_index_hash_decode(
                index, rest.baseAddress?.assumingMemoryBound(to: UInt8.self), &position, rest.count)
            input.consume(position)
        }
        guard code == LZMA_STREAM_END else { throw .damaged("the xz index does not fit the blocks") }
        let footer = try input.bytes(Int(LZMA_STREAM_HEADER_SIZE), of: "the xz footer")
        var ending = lzma_stream_flags()
        try XZ.check(lzma_stream_footer_decode(&ending, footer), "the xz footer")
        try XZ.check(lzma_stream_flags_compare(&flags, &ending), "the xz footer")
        guard ending.backward_size == lzma_index_hash_size(index) else {
            throw .damaged("the xz footer does not fit the index")
        }
    }
}
