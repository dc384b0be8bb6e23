internal import Glibc
public import Platform

/// Hashes files.
public enum FileDigest {
    /// The digest of a file's content; a link is not followed.
    ///
    /// Blocks.
    public static func of(
        _ path: String, _ algorithm: Digest.Algorithm = .sha256
    ) throws(SystemCallError) -> Digest { try of(PathBytes(path), algorithm) }

    /// The digest of a file's content; a link is not followed.
    ///
    /// Blocks. `tell` has the length of each piece.
    public static func of(
        _ path: PathBytes, _ algorithm: Digest.Algorithm = .sha256, tell: (Int) -> Void = { _ in }
    ) throws(SystemCallError) -> Digest {
        let file = try Descriptor.open(path, O_RDONLY | O_NOFOLLOW)
        var hasher = DigestHasher(algorithm)
        try file.forEachPiece(path: path.shown) { (piece) throws(SystemCallError) in
            hasher.update(piece)
            tell(piece.count)
        }
        return hasher.finish()
    }
}
