import Compression

/// Gives libarchive the decompressed bytes, as it asks for them.
///
/// One thread; the chunk that libarchive looks at is kept until it asks for the next.
final class ArchiveFeed {
    private let decompression: Decompression
    private let file: GrowingFile
    private let limits: Unpacker.Limits
    private var current: Chunk?
    private var total: Int64 = 0
    /// Why it gave no more.
    private(set) var failure: Failure?

    enum Failure {
        case decompression(DecompressionError)
        case tooLarge(String)
        /// It unpacks to so many times its own size.
        case tooDense(Int)
    }

    /// A bomb is known by its ratio once it has become larger than this.
    static let harmless: Int64 = 64 << 20

    init(_ decompression: Decompression, of file: GrowingFile, limits: Unpacker.Limits) {
        self.decompression = decompression
        self.file = file
        self.limits = limits
    }

    /// The next bytes, valid until the next call; none at the end, nil after a failure.
    func next() -> UnsafeRawBufferPointer? {
        if let current { decompression.pipe.recycle(current) }
        current = nil
        guard failure == nil else { return nil }
        do throws(DecompressionError) {
            guard let chunk = try decompression.pipe.next() else { return UnsafeRawBufferPointer(start: nil, count: 0) }
            current = chunk
            total += Int64(chunk.bytes.count)
            failure = excess()
            return failure == nil ? chunk.bytes : nil
        } catch {
            failure = .decompression(error)
            return nil
        }
    }

    /// Reads on to the end, where checksums stand.
    func drain() {
        while let bytes = next(), !bytes.isEmpty {}
    }

    private func excess() -> Failure? {
        // Heads and padding of a million entries come on top of their content.
        if total > limits.bytes + Int64(limits.entries) * 2048 { return .tooLarge("\(limits.bytes >> 20) MiB") }
        if total > Self.harmless, total / Int64(limits.ratio) > file.available { return .tooDense(limits.ratio) }
        return nil
    }
}
