public import Platform

/// Why a compressed stream gave no more bytes.
public enum DecompressionError: Explained, Equatable {
    /// It is cut short or corrupt.
    case damaged(String)
    /// Something that is no part of it follows the last member, stream or frame, which is named.
    case trailing(after: String)
    /// It needs more memory than it may have; the remedy is for who packs it.
    case tooMuchMemory(need: String, remedy: String)
    /// Nobody wants it any more.
    case interrupted
    /// The disk, or the system, refused.
    case disk(SystemCallError)

    /// For what cannot be unpacked since this host has no memory left.
    static func noMemory(_ need: String) -> DecompressionError {
        .tooMuchMemory(need: need, remedy: "see what takes the memory of this host (free -m), then run again")
    }

    /// Words for each case.
    public var explanation: Explanation {
        switch self {
        case .damaged(let reason):
            Explanation(
                "the compressed data is damaged: \(reason)",
                hint: "download it again; if it fails the same way, pack it again")
        case .trailing(let after):
            Explanation(
                "bytes that belong to nothing follow the last \(after)",
                hint: "the archive is whole up to there: publish it without what follows, or pack it again")
        case .tooMuchMemory(let need, let remedy): Explanation("unpacking it takes \(need) of memory", hint: remedy)
        case .interrupted: Explanation("unpacking was stopped", hint: "run again")
        case .disk(let error): error.explanation
        }
    }
}
