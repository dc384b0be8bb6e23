import Compression
import Digests

extension Digest {
    /// The digest of a file that is still being filled; nil when it was given up.
    ///
    /// Blocks.
    static func of(_ file: GrowingFile, _ algorithm: Algorithm) throws(BundleError) -> Digest? {
        var hasher = DigestHasher(algorithm)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
        defer { buffer.deallocate() }
        var offset: Int64 = 0
        do throws(DecompressionError) {
            while true {
                let count = try file.read(into: buffer, at: offset)
                if count == 0 { return hasher.finish() }
                hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                offset += Int64(count)
            }
        } catch {
            switch error {
            case .disk(let error): throw .disk(error)
            case .interrupted, .damaged, .tooMuchMemory: return nil
            }
        }
    }
}
