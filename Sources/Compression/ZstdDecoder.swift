internal import CZstd

/// Decompresses Zstandard, frame after frame.
enum ZstdDecoder {
    static func decode(_ file: GrowingFile, into pipe: ChunkPipe) throws(DecompressionError) {
        guard let context = ZSTD_createDCtx() else { throw .noMemory("160 KiB") }
        defer { ZSTD_freeDCtx(context) }
        let input = FileInput(file, size: ZSTD_DStreamInSize())
        var output = try pipe.take()
        /// What zstd still expects of this frame; 0 between frames.
        var isInside = false
        var isFirst = true
        /// The memory that this frame's head asks for.
        var window: UInt64?
        while true {
            let isMore = try input.fill()
            if !isMore, !isInside { break }
            if output.count == Chunk.size {
                pipe.put(output)
                output = try pipe.take()
            }
            let before = output.count
            let rest = input.rest
            if !isInside, !rest.isEmpty {
                if !isFirst, !ZstdFrame.mayBegin(rest) { throw .trailing(after: "zstd frame") }
                (isFirst, window) = (false, ZstdFrame.window(rest))
            }
            var from = ZSTD_inBuffer(src: rest.baseAddress, size: rest.count, pos: 0)
            var to = ZSTD_outBuffer(dst: output.storage.baseAddress, size: Chunk.size, pos: output.count)
            let code = ZSTD_decompressStream(context, &to, &from)
            guard ZSTD_isError(code) == 0 else { throw error(code, window) }
            input.consume(from.pos)
            output.count = to.pos
            isInside = code != 0
            if !isMore, isInside, output.count == before { throw .damaged("the zstd data is cut off") }
        }
        pipe.put(output)
        pipe.close()
        pipe.end()
    }

    private static func error(_ code: Int, _ window: UInt64?) -> DecompressionError {
        let words = String(cString: ZSTD_getErrorName(code))
        guard ZSTD_getErrorCode(code) == ZSTD_error_frameParameter_windowTooLarge else {
            return .damaged("zstd: \(words)")
        }
        let need = window.map { "a window of \($0 >> 20) MiB, more than 128 MiB," } ?? "more than 128 MiB"
        return .tooMuchMemory(
            need: need, remedy: "pack it with a smaller window: zstd --long=27 or less, or without --long")
    }
}

/// The first bytes of a frame (RFC 8878, 3.1.1 and 3.1.2).
enum ZstdFrame {
    /// Tells whether this is, as far as it goes, the magic number of a frame, skippable ones among them.
    static func mayBegin(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let start = bytes.prefix(4)
        let isFrame = zip(start, [0x28, 0xB5, 0x2F, 0xFD] as [UInt8]).allSatisfy { $0 == $1 }
        let isSkippable =
            start.first.map { $0 & 0xF0 == 0x50 } == true
            && zip(start.dropFirst(), [0x2A, 0x4D, 0x18] as [UInt8]).allSatisfy { $0 == $1 }
        return isFrame || isSkippable
    }

    /// The window in bytes; nil when the head does not tell it in the place for it.
    static func window(_ bytes: UnsafeRawBufferPointer) -> UInt64? {
        // The bit of a frame in one segment, which tells its content's size in its place.
        guard bytes.count >= 6, bytes.first == 0x28, bytes[4] & 0x20 == 0 else { return nil }
        let base = UInt64(1) << (10 + UInt64(bytes[5] >> 3))
        return base + base / 8 * UInt64(bytes[5] & 7)
    }
}
