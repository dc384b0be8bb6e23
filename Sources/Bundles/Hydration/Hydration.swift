public import Archives
import Platform

/// One folder's set of files, filled from what there is: what lies there stays, else the newest whole backup, else the archive.
public struct Hydration: Sendable {
    /// Where a set came from.
    public enum Origin: Sendable, Equatable, CustomStringConvertible {
        /// A run before this one had all of it, and this one moved it in.
        case earlierRun
        /// The backup with that tag.
        case backup(String)

        /// Words for logs and receipts.
        public var description: String {
            switch self {
            case .earlierRun: "an earlier run"
            case .backup(let tag): "backup \(tag)"
            }
        }
    }

    /// The right to fill the folder, held as long as somebody refers to it.
    public final class Claim: Sendable {
        private let file: Descriptor
        fileprivate init(_ file: consuming Descriptor) { self.file = file }
    }

    private let files: FileSet

    /// Fills that set's folder, which must be there.
    public init(_ files: FileSet) { self.files = files }

    /// Waits for another process that fills the folder, which `waiting` is told of once.
    public func claim(waiting: () -> Void) async throws(BundleError) -> Claim {
        var isTold = false
        while true {
            let claim = try await onThread { [files] () throws(SystemCallError) -> Claim? in
                guard let file = try files.claim() else { return nil }
                return Claim(file)
            }
            if let claim { return claim }
            if !isTold { waiting() }
            isTold = true
            do { try await Task.sleep(for: .milliseconds(200)) } catch { throw .stopped(url: files.folder) }
        }
    }

    /// Fills the folder from what this host has; nil when the archive is needed.
    ///
    /// Files that are there are never replaced: a part of a set is refused. `warn` hears of backups that cannot be read.
    public func fillFromHere(_ warn: @escaping @Sendable (String) -> Void) async throws(BundleError) -> Origin? {
        let files = files
        let (conflicts, missing) = try await onThread { () throws(SystemCallError) -> ([String], [String]) in
            let conflicts = try files.conflicts()
            if conflicts.isEmpty { try files.finish() }
            return (conflicts, try files.missing())
        }
        guard conflicts.isEmpty else {
            throw .occupied(
                path: files.folder,
                reason: "\(conflicts.joined(separator: ", ")) came there while the set was being moved in",
                remedy: "files that are there are never replaced: move them away to have the set, "
                    + "or remove \(files.ready) to keep them")
        }
        if missing.isEmpty { return .earlierRun }
        guard missing.count == files.names.count else {
            throw .occupied(
                path: files.folder,
                reason: "\(missing.joined(separator: ", ")) is missing, and the other files of the set are there",
                remedy: "files that are there are never replaced: move them away to have the whole set filled in")
        }
        let tag = try await onThread { () throws(SystemCallError) in
            try files.restoreNewestBackup(warn)
        }
        return tag.map { .backup($0) }
    }

    /// Fills the folder from an archive.
    public func fill(
        from source: ArchiveSource, by fetcher: ArchiveFetcher, limits: Unpacker.Limits,
        _ notes: @escaping ProgressNotes
    ) async throws(BundleError) {
        try await ArchiveInstall(fetcher, source, limits: limits).fill(files, notes)
    }
}
