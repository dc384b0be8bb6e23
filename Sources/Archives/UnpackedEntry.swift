public import Digests

/// One thing that an archive held, as it lies on the disk.
public struct UnpackedEntry: Sendable, Equatable {
    /// The kinds of thing.
    public enum Kind: Sendable, Equatable {
        /// A file with its length in bytes and SHA-256.
        case file(size: Int64, digest: Digest)
        /// A folder.
        case folder
        /// A symbolic link.
        case link(target: String)
    }

    /// Its path below the folder that was unpacked into.
    public let path: String
    /// What it is.
    public let kind: Kind
    /// Permission bits; of no meaning for links.
    public internal(set) var mode: UInt32
    /// When a file was changed last, in nanoseconds since 1970, if the archive says so.
    public internal(set) var modified: Int64?

    /// The same with other permission bits.
    public func with(mode: UInt32) -> UnpackedEntry {
        var other = self
        other.mode = mode
        return other
    }
}
