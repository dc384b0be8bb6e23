public import Digests
public import Platform

/// Is told of things that were unpacked, some at a time, in no order and by several threads.
public typealias UnpackedEntries = @Sendable ([UnpackedEntry]) throws(SystemCallError) -> Void

/// One thing that an archive held, as it lies on the disk.
public struct UnpackedEntry: Sendable, Equatable {
    /// The kinds of thing.
    public enum Kind: Sendable, Equatable {
        /// A file with its length in bytes and SHA-256.
        case file(size: Int64, digest: Digest)
        /// A folder.
        case folder
        /// A symbolic link.
        case link(target: PathBytes)
    }

    /// Its path below the folder that was unpacked into.
    public let path: PathBytes
    /// What it is.
    public let kind: Kind
    /// Permission bits; of no meaning for links.
    public private(set) var mode: UInt32
    /// When a file was changed last, in nanoseconds since 1970.
    public let modified: Int64?

    /// Names a thing.
    public init(path: PathBytes, kind: Kind, mode: UInt32, modified: Int64? = nil) {
        self.path = path
        self.kind = kind
        self.mode = mode
        self.modified = modified
    }

    /// The same with other permission bits.
    public func with(mode: UInt32) -> UnpackedEntry {
        var other = self
        other.mode = mode
        return other
    }
}
