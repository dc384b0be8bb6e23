import Compression
import Digests

/// Digests of a file that is still being filled, all taken in one pass.
enum GrowingDigest {
    /// One digest for each function, and the file's length; nil when the file was given up.
    ///
    /// Blocks.
    static func of(
        _ file: GrowingFile, _ algorithms: [Digest.Algorithm]
    ) throws(BundleError) -> (digests: [Digest], size: Int64)? {
        var first = DigestHasher(algorithms[0])
        // There are never more than two.
        var second = algorithms.count > 1 ? DigestHasher(algorithms[1]) : nil
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
        defer { buffer.deallocate() }
        var offset: Int64 = 0
        do throws(DecompressionError) {
            while true {
                let count = try file.read(into: buffer, at: offset)
                if count == 0 {
                    var digests = [first.finish()]
                    if let second = second.take() { digests.append(second.finish()) }
                    return (digests, offset)
                }
                let piece = UnsafeRawBufferPointer(rebasing: buffer[..<count])
                first.update(piece)
                second?.update(piece)
                offset += Int64(count)
            }
        } catch {
            switch error {
            case .disk(let error): throw .disk(error)
            case .interrupted, .damaged, .trailing, .tooMuchMemory: return nil
            }
        }
    }
}
