public import Digests
internal import Glibc
public import Platform

/// Hashes files.
public enum FileDigest {
    /// The digest of a file's content, read in pieces of 256 KiB.
    ///
    /// Blocks.
    public static func of(
        _ path: String, _ algorithm: Digest.Algorithm = .sha256
    ) throws(SystemCallError) -> Digest {
        let file = try Descriptor.open(path, O_RDONLY | O_NOFOLLOW)
        var hasher = DigestHasher(algorithm)
        // No larger than the file: making room for 256 KiB takes longer than hashing most files.
        let size = try FileStatus.of(file, path: path).size
        var buffer = [UInt8](repeating: 0, count: Int(min(max(size, 4096), 1 << 18)))
        while let count = try file.read(into: &buffer, path: path) {
            buffer.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        return hasher.finish()
    }
}
