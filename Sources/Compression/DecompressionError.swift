public import Platform

/// Why a compressed stream gave no more bytes.
public enum DecompressionError: Explained, Equatable {
    /// It is cut short or corrupt.
    case damaged(String)
    /// It needs more memory than it may have.
    case tooMuchMemory(String)
    /// Nobody wants it any more.
    case interrupted
    /// The disk, or the system, refused.
    case disk(SystemCallError)

    /// Words for each case.
    public var explanation: Explanation {
        switch self {
        case .damaged(let reason):
            Explanation(
                "the compressed data is damaged: \(reason)",
                hint: "download it again; if it fails the same way, pack it again")
        case .tooMuchMemory(let need):
            Explanation(
                "unpacking it takes \(need) of memory",
                hint: "pack it with a smaller window, such as zstd's without --long")
        case .interrupted: Explanation("unpacking was stopped", hint: "run again")
        case .disk(let error): error.explanation
        }
    }
}
