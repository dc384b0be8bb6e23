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
        try of(Descriptor.open(path, O_RDONLY | O_NOFOLLOW), path: path.shown, algorithm, tell: tell)
    }

    /// The digest of the running program.
    ///
    /// Blocks.
    public static func ofRunningProgram() throws(SystemCallError) -> Digest {
        let path = ProcessStart.ownFile
        return try of(Descriptor.open(path, O_RDONLY), path: path, .sha256) { _ in }
    }

    private static func of(
        _ file: consuming Descriptor, path: String, _ algorithm: Digest.Algorithm, tell: (Int) -> Void
    ) throws(SystemCallError) -> Digest {
        var hasher = DigestHasher(algorithm)
        try file.forEachPiece(path: path) { (piece) throws(SystemCallError) in
            hasher.update(piece)
            tell(piece.count)
        }
        return hasher.finish()
    }
}
