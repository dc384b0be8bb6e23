import Compression
public import Platform

/// Why an archive was not unpacked.
public enum ArchiveError: Explained, Equatable {
    /// It cannot be opened as an archive at all.
    case unreadable(path: String, reason: String)
    /// It is cut short or corrupt; nothing of it may be used.
    case damaged(path: String, entry: String?, reason: String)
    /// An entry would land, point or be something that it may not.
    case refused(path: String, entry: String, reason: String)
    /// It unpacks to more than it may.
    case tooLarge(path: String, limit: String)
    /// The disk refused.
    case disk(SystemCallError)
    /// The run was stopped.
    case cancelled(path: String)

    /// The archive itself is at fault, not this host.
    public var isIntegrity: Bool {
        switch self {
        case .unreadable, .damaged, .refused, .tooLarge: true
        case .disk, .cancelled: false
        }
    }

    /// Words for each case.
    public var explanation: Explanation {
        switch self {
        case .unreadable(let path, let reason):
            Explanation(
                "is no archive that can be read: \(reason)", at: path,
                hint: "publish it as tar.zst, tar.xz, tar.gz or zip")
        case .damaged(let path, let entry, let reason):
            Explanation(
                "the archive is damaged: \(reason)", at: entry.map { "\(path): \($0)" } ?? path,
                hint: "download it again; if it fails the same way, rebuild the bundle")
        case .refused(let path, let entry, let reason):
            Explanation(
                "the entry \"\(entry)\" is refused: \(reason)", at: path,
                hint: "do not use this archive; rebuild it without that entry")
        case .tooLarge(let path, let limit):
            Explanation(
                "unpacks to more than \(limit)", at: path,
                hint: "if it is meant to be so large, raise \"max_unpacked_mb\" of its bundle")
        case .disk(let error): error.explanation
        case .cancelled(let path): Explanation("unpacking was stopped", at: path, hint: "run again")
        }
    }
}

extension ArchiveError {
    /// What decompressing said, of this archive.
    init(_ error: DecompressionError, path: String, entry: String? = nil) {
        self =
            switch error {
            case .damaged(let reason): .damaged(path: path, entry: entry, reason: reason)
            case .tooMuchMemory(let need): .tooLarge(path: path, limit: "the memory it may have: it asks for \(need)")
            case .interrupted: .cancelled(path: path)
            case .disk(let error): .disk(error)
            }
    }
}
