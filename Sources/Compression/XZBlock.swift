internal import CLZMA
internal import Glibc

/// One block of an .xz file: it can be decompressed without those before it.
///
/// One thread at a time has it.
final class XZBlock: @unchecked Sendable {
    // @unchecked: the thread that read the header hands it on, if at all, before it touches it again.
    private let block = UnsafeMutablePointer<lzma_block>.allocate(capacity: 1)
    private let filters = UnsafeMutablePointer<lzma_filter>.allocate(capacity: Int(LZMA_FILTERS_MAX) + 1)
    private let end = lzma_filter(id: LZMA_SIZE_UNKNOWN, options: nil)
    /// Which one it is, from the start of the file.
    let lane: Int
    /// Where its compressed data begins.
    private(set) var offset: Int64 = 0

    /// Reads the header, whose first byte is known not to be the index's.
    init(_ input: FileInput, lane: Int, check: lzma_check) throws(DecompressionError) {
        self.lane = lane
        filters.initialize(repeating: end, count: Int(LZMA_FILTERS_MAX) + 1)
        block.initialize(to: lzma_block())
        let first = try input.bytes(1, of: "a block's header")[0]
        block.pointee.version = 1
        block.pointee.check = check
        block.pointee.header_size = lzma_block_header_size_of(first)
        block.pointee.filters = filters
        let header = [first] + (try input.bytes(Int(block.pointee.header_size) - 1, of: "a block's header"))
        try XZ.check(lzma_block_header_decode(block, nil, header), "a block's header")
        offset = input.offset
    }

    deinit {
        for number in 0..<Int(LZMA_FILTERS_MAX) where filters[number].id != end.id { free(filters[number].options) }
        filters.deallocate()
        block.deallocate()
    }

    /// Where the next one begins, if this one's header tells how long it is.
    ///
    /// Those that several threads wrote do (xz(1), --threads); of the others it is known once they are decompressed.
    var nextOffset: Int64? {
        let total = lzma_block_total_size(block)
        guard total != LZMA_SIZE_UNKNOWN, total > 0 else { return nil }
        let next = (offset - Int64(block.pointee.header_size)).addingReportingOverflow(Int64(clamping: total))
        return next.overflow ? nil : next.partialValue
    }

    /// Memory that decompressing it takes, in bytes.
    var memory: UInt64 { lzma_raw_decoder_memusage(filters) }

    /// Its sizes as the file's index must have them; known once it is decompressed.
    var sizes: (unpadded: UInt64, uncompressed: UInt64) {
        (lzma_block_unpadded_size(block), block.pointee.uncompressed_size)
    }

    /// Decompresses it; `input` stands at `offset`, and behind its check in the end.
    func decode(_ input: FileInput, into pipe: ChunkPipe) throws(DecompressionError) {
        var stream = lzma_stream_empty()
        try XZ.check(lzma_block_decoder(&stream, block), "a block's header")
        defer { lzma_end(&stream) }
        var output = try pipe.take(lane: lane)
        var isEnded = false
        while !isEnded {
            if output.count == Chunk.size {
                pipe.put(output, lane: lane)
                output = try pipe.take(lane: lane)
            }
            let isMore = try input.fill()
            let rest = input.rest
            stream.next_in = rest.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.avail_in = rest.count
            stream.next_out = output.storage.baseAddress.map { ($0 + output.count).assumingMemoryBound(to: UInt8.self) }
            stream.avail_out = Chunk.size - output.count
            let code = lzma_code(&stream, LZMA_RUN)
            input.consume(rest.count - stream.avail_in)
            output.count = Chunk.size - stream.avail_out
            isEnded = code == LZMA_STREAM_END
            if !isEnded { try XZ.check(code, isMore ? "a block" : "a block, which is cut off") }
        }
        pipe.put(output, lane: lane)
        pipe.close(lane: lane)
    }
}

/// liblzma's answers in words.
enum XZ {
    static func check(_ code: lzma_ret, _ part: String) throws(DecompressionError) {
        switch code {
        case LZMA_OK: return
        case LZMA_MEM_ERROR, LZMA_MEMLIMIT_ERROR: throw .noMemory("more than there is")
        case LZMA_OPTIONS_ERROR, LZMA_UNSUPPORTED_CHECK: throw .damaged("\(part) asks for what is not known here")
        case LZMA_BUF_ERROR: throw .damaged("it is cut off in \(part)")
        default: throw .damaged("\(part) is corrupt (xz)")
        }
    }
}
