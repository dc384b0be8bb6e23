internal import CLZMA
public import Platform

/// Compresses into one .xz stream that every xz since 5.0 unpacks, and busybox's where it is not of code.
///
/// One owner; two threads of liblzma's own.
public final class XZEncoder {
    /// What the bytes are, where that helps.
    public enum Content: Sendable {
        /// Code of x86, whose jumps repeat once they are counted from the start (a tenth less, measured on this release).
        case x86Code
        /// Anything; a filter for code of aarch64 is known to xz since 5.4 alone.
        case anything
    }

    /// Takes a second for 2 MB and 100 MB of memory a thread; unpacking takes 8 MiB.
    private static let preset: UInt32 = 6

    private var stream = lzma_stream_empty()
    private let output: UnsafeMutableBufferPointer<UInt8>
    private let sink: (UnsafeRawBufferPointer) throws(SystemCallError) -> Void

    /// Begins; what is compressed goes to the sink piece by piece.
    public init(
        of content: Content, _ sink: @escaping (UnsafeRawBufferPointer) throws(SystemCallError) -> Void
    ) throws(SystemCallError) {
        self.sink = sink
        output = .allocate(capacity: 1 << 16)
        var options = lzma_options_lzma()
        lzma_lzma_preset(&options, Self.preset)
        let code = withUnsafeMutablePointer(to: &options) { options in
            let last = lzma_filter(id: LZMA_SIZE_UNKNOWN, options: nil)
            let lzma2 = lzma_filter(id: LZMA_FILTER_LZMA2_ID, options: options)
            let jumps = lzma_filter(id: LZMA_FILTER_X86_ID, options: nil)
            let filters = content == .x86Code ? [jumps, lzma2, last] : [lzma2, last]
            return filters.withUnsafeBufferPointer { filters in
                var settings = lzma_mt()
                settings.threads = 2
                // So that who waits for the end can tell how far it is; what comes out is the same.
                settings.timeout = 100
                settings.filters = filters.baseAddress
                settings.check = LZMA_CHECK_CRC32
                return lzma_stream_encoder_mt(&stream, &settings)
            }
        }
        guard code == LZMA_OK else { throw Self.failure(code) }
    }

    deinit {
        lzma_end(&stream)
        output.deallocate()
    }

    /// Compresses some bytes.
    ///
    /// Blocks for as long as the sink does.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(SystemCallError) {
        stream.next_in = bytes.bindMemory(to: UInt8.self).baseAddress
        stream.avail_in = bytes.count
        while stream.avail_in > 0 { try step(LZMA_RUN) }
    }

    /// How many bytes its threads are through with; the others wait in memory.
    public var through: Int64 {
        var (read, written) = (UInt64(0), UInt64(0))
        lzma_get_progress(&stream, &read, &written)
        return Int64(read)
    }

    /// Ends the stream; `tell` is called ten times a second meanwhile.
    public func finish(tell: () -> Void = {}) throws(SystemCallError) {
        while try step(LZMA_FINISH) == LZMA_OK { tell() }
    }

    @discardableResult
    private func step(_ action: lzma_action) throws(SystemCallError) -> lzma_ret {
        stream.next_out = output.baseAddress
        stream.avail_out = output.count
        let code = lzma_code(&stream, action)
        guard code == LZMA_OK || code == LZMA_STREAM_END else { throw Self.failure(code) }
        let count = output.count - stream.avail_out
        if count > 0 { try sink(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(output)[..<count])) }
        return code
    }

    /// Compressing fails for want of memory (12, ENOMEM), or by a fault of ours (22, EINVAL).
    private static func failure(_ code: lzma_ret) -> SystemCallError {
        SystemCallError("lzma_stream_encoder_mt", "xz", code: code == LZMA_MEM_ERROR ? 12 : 22)
    }
}
