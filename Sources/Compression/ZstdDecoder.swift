internal import CZstd

/// Decompresses Zstandard, frame after frame.
enum ZstdDecoder {
    static func decode(_ file: GrowingFile, into pipe: ChunkPipe) throws(DecompressionError) {
        guard let context = ZSTD_createDCtx() else { throw .tooMuchMemory("160 KiB") }
        defer { ZSTD_freeDCtx(context) }
        let input = FileInput(file, size: ZSTD_DStreamInSize())
        var output = try pipe.take()
        /// What zstd still expects of this frame; 0 between frames.
        var isInside = false
        while true {
            let isMore = try input.fill()
            if !isMore, !isInside { break }
            if output.count == Chunk.size {
                pipe.put(output)
                output = try pipe.take()
            }
            let before = output.count
            let rest = input.rest
            var from = ZSTD_inBuffer(src: rest.baseAddress, size: rest.count, pos: 0)
            var to = ZSTD_outBuffer(dst: output.storage.baseAddress, size: Chunk.size, pos: output.count)
            let code = ZSTD_decompressStream(context, &to, &from)
            guard ZSTD_isError(code) == 0 else { throw error(code) }
            input.consume(from.pos)
            output.count = to.pos
            isInside = code != 0
            if !isMore, isInside, output.count == before { throw .damaged("the zstd data is cut off") }
        }
        pipe.put(output)
        pipe.close()
        pipe.end()
    }

    private static func error(_ code: Int) -> DecompressionError {
        let words = String(cString: ZSTD_getErrorName(code))
        return ZSTD_getErrorCode(code) == ZSTD_error_frameParameter_windowTooLarge
            ? .tooMuchMemory("more than 128 MiB") : .damaged("zstd: \(words)")
    }
}
