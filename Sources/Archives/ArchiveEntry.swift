import Platform

/// One entry's head, all of it copied out of libarchive.
struct ArchiveEntry {
    enum Kind: Equatable {
        case file, folder
        case link(target: PathBytes)
        case hardLink(target: PathBytes)
        /// A device, fifo or socket.
        case special

        var isLink: Bool {
            switch self {
            case .link, .hardLink: true
            case .file, .folder, .special: false
            }
        }
    }

    /// As the archive has it, byte by byte.
    let path: PathBytes
    let kind: Kind
    /// Permission bits, set-id and sticky bits not among them.
    let mode: UInt32
    /// A file's length in bytes, when the archive tells it before the content.
    var size: Int64?
    /// When it was changed last, in nanoseconds since 1970.
    var modified: Int64?
}
