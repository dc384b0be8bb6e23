internal import CZstd
public import Platform

/// Compresses into Zstandard frames of some MiB each, all independent, with checksums and a short window.
///
/// One thread, one owner.
public final class ZstdEncoder {
    /// What one frame holds, uncompressed; a window of 4 MiB keeps a decoder's memory small.
    static let frame = 16 << 20
    private static let level: Int32 = 9
    private static let windowLog: Int32 = 22

    private let context: OpaquePointer
    private let output: UnsafeMutableRawBufferPointer
    private let sink: (UnsafeRawBufferPointer) throws(SystemCallError) -> Void
    private var inFrame = 0

    /// Begins; what is compressed goes to the sink piece by piece.
    public init(_ sink: @escaping (UnsafeRawBufferPointer) throws(SystemCallError) -> Void) throws(SystemCallError) {
        guard let context = ZSTD_createCCtx() else { throw SystemCallError("ZSTD_createCCtx", "zstd", code: 12) }
        self.context = context
        self.sink = sink
        output = .allocate(byteCount: ZSTD_CStreamOutSize(), alignment: 64)
        // These are settings that every version of libzstd since 1.4 knows.
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Self.level)
        ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, Self.windowLog)
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    }

    deinit {
        ZSTD_freeCCtx(context)
        output.deallocate()
    }

    /// Compresses some bytes.
    ///
    /// Blocks for as long as the sink does.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(SystemCallError) {
        var rest = bytes
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.frame - inFrame))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
            inFrame += piece.count
            try compress(piece, ends: inFrame == Self.frame)
            if inFrame == Self.frame { inFrame = 0 }
        }
    }

    /// Ends the last frame.
    public func finish() throws(SystemCallError) {
        if inFrame > 0 { try compress(UnsafeRawBufferPointer(start: nil, count: 0), ends: true) }
    }

    private func compress(_ bytes: UnsafeRawBufferPointer, ends: Bool) throws(SystemCallError) {
        var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
        while true {
            var out = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
            let left = ZSTD_compressStream2(context, &out, &input, ends ? ZSTD_e_end : ZSTD_e_continue)
            guard ZSTD_isError(left) == 0 else { throw SystemCallError("ZSTD_compressStream2", "zstd", code: 12) }
            if out.pos > 0 { try sink(UnsafeRawBufferPointer(rebasing: output[..<out.pos])) }
            if ends ? left == 0 : input.pos == input.size { return }
        }
    }
}
