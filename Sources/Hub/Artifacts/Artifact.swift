public import Digests
public import Platform

/// A file that the hub gives out and whose digest it knows.
public struct Artifact: Sendable, Equatable {
    /// Its path below `/artifacts/`.
    let path: String
    /// Its SHA-256.
    public let digest: Digest
    /// Length in bytes.
    public let size: Int64
    /// When it was last changed, in nanoseconds since 1970: with another time or size the digest no longer counts.
    let modified: Int64
    /// Set for an agent's binary.
    public let machine: ElfMachine?

    /// Its path in URLs, encoded by having nothing to encode.
    public var urlPath: String { "/artifacts/\(path)" }
}
