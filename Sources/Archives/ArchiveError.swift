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
    /// It is sound, and of a kind that is not read here; `what` says why, `remedy` what to do.
    case unsupported(path: String, entry: String?, what: String, remedy: String)
    /// It holds no file at all.
    case empty(path: String)
    /// Something that is no part of it follows it.
    case trailing(path: String, after: String)
    /// It unpacks to more than it may.
    case tooLarge(path: String, limit: String)
    /// It unpacks to so many times its own size, which only what is made for harm does.
    case tooDense(path: String, ratio: Int)
    /// It holds more entries than it may.
    case tooManyEntries(path: String, limit: Int)
    /// Decompressing it takes more memory than it may have.
    case tooMuchMemory(path: String, need: String, remedy: String)
    /// The disk refused.
    case disk(SystemCallError)
    /// The run was stopped.
    case cancelled(path: String)

    /// The archive itself is at fault, not this host.
    public var isIntegrity: Bool {
        switch self {
        case .unreadable, .damaged, .refused, .unsupported, .empty, .trailing: true
        case .tooLarge, .tooDense, .tooManyEntries, .tooMuchMemory: true
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
        case .unsupported(let path, let entry, let what, let remedy):
            Explanation(
                "cannot be read here: \(what)", at: entry.map { "\(path): \($0)" } ?? path, hint: remedy)
        case .empty(let path):
            Explanation(
                "the archive holds no file", at: path,
                hint: "look at what it was packed from (tar -tf, unzip -l): it was empty, or another folder is meant")
        case .trailing(let path, let after): Self.explanation(.trailing(after: after), at: path)
        case .tooLarge(let path, let limit):
            Explanation(
                "unpacks to more than \(limit)", at: path,
                hint: "if it is meant to be so large, raise \"max_unpacked_mb\" of its bundle, or --max-unpacked-mb")
        case .tooDense(let path, let ratio):
            Explanation(
                "unpacks to more than \(ratio) times its own size", at: path,
                hint: "look at what is in it: only long runs of the same bytes pack so well; leave them out, or make "
                    + "them on the host")
        case .tooManyEntries(let path, let limit):
            Explanation(
                "holds more than \(limit) entries", at: path,
                hint: "make several bundles of it, or pack many small files into one")
        case .tooMuchMemory(let path, let need, let remedy):
            Self.explanation(.tooMuchMemory(need: need, remedy: remedy), at: path)
        case .disk(let error): error.explanation
        case .cancelled(let path): Explanation("unpacking was stopped", at: path, hint: "run again")
        }
    }

    private static func explanation(_ error: DecompressionError, at path: String) -> Explanation {
        Explanation(error.explanation.problem, at: path, hint: error.explanation.hint)
    }
}

extension ArchiveError {
    /// What decompressing said, of this archive.
    init(_ error: DecompressionError, path: String, entry: String? = nil) {
        self =
            switch error {
            case .damaged(let reason): .damaged(path: path, entry: entry, reason: reason)
            case .trailing(let after): .trailing(path: path, after: after)
            case .tooMuchMemory(let need, let remedy): .tooMuchMemory(path: path, need: need, remedy: remedy)
            case .interrupted: .cancelled(path: path)
            case .disk(let error): .disk(error)
            }
    }
}
