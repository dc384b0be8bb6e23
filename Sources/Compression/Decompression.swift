public import Platform

/// Decompresses a file on threads of its own, while it is still being filled.
public final class Decompression: Sendable {
    /// What comes out.
    public let pipe: ChunkPipe
    private let file: GrowingFile
    private let pool = WorkerPool()

    /// Starts; `format` is anything but `zip`.
    public init(_ file: GrowingFile, _ format: CompressionFormat) throws(SystemCallError) {
        self.file = file
        pipe = ChunkPipe(chunks: format == .xz ? XZDecoder.chunks : 16)
        switch format {
        case .gzip: try start(GzipDecoder.decode)
        case .zstd: try start(ZstdDecoder.decode)
        case .xz: try XZDecoder(file, pipe).start(in: pool)
        case .zip, .other: try start(PlainDecoder.decode)
        }
    }

    /// Ends it, wherever it stands, and waits for its threads; the file is of no use to other readers after that.
    ///
    /// Blocks.
    public func end() {
        file.interrupt()
        pipe.cancel()
        pool.join()
    }

    private func start(
        _ decode: @escaping @Sendable (GrowingFile, ChunkPipe) throws(DecompressionError) -> Void
    ) throws(SystemCallError) {
        let (file, pipe) = (file, pipe)
        try pool.start {
            do throws(DecompressionError) { try decode(file, pipe) } catch { pipe.fail(error) }
        }
    }
}
