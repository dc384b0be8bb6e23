internal import Glibc
internal import JSON
internal import Platform

/// What a delta is about to change, written down before the first change, so that it can be taken back whole.
struct DeltaJournal: Codable {
    /// A file that may be changed.
    struct Touched: Codable {
        let path: DeltaPath
        /// What it was called in the journal's folder; nil when there was none.
        let saved: String?
    }

    /// A folder that a file takes the place of, or the reverse.
    struct Replaced: Codable {
        let path: DeltaPath
        /// What it is called in the journal's folder: a folder is moved there whole.
        let saved: String
        let isFolder: Bool
        /// What the bundle deletes or moves away of it; all else is kept aside.
        let gone: [DeltaPath]
    }

    /// The workspace's path.
    let workspace: String
    /// The journal's own name: the database remembers the last that was carried through.
    let name: String
    let touched: [Touched]
    /// Folders that are to be made, outer ones first.
    let folders: [DeltaPath]
    /// Nil in journals of older versions.
    var replaced: [Replaced]?
    /// Where to keep what was replaced and not deleted.
    var aside: String?

    private static let fileName = "journal.json"
    /// The name of one that was carried through.
    private static let finishedName = "finished.json"

    func write(in folder: String) throws(SystemCallError) {
        try Files.replace("\(folder)/\(Self.fileName)", with: json(), mode: 0o600)
    }

    /// The one that was carried through, though what it kept aside may not be there yet, or else the one that was begun.
    static func latest(in folder: String) throws(SystemCallError) -> DeltaJournal? {
        if let finished = try read("\(folder)/\(finishedName)") { return finished }
        return try read("\(folder)/\(fileName)")
    }

    /// Whether it was carried through, and is no more to be taken back.
    static func isFinished(in folder: String) throws(SystemCallError) -> Bool {
        try FileStatus.of("\(folder)/\(finishedName)") != nil
    }

    /// Whether there is one that is not known to be finished.
    static func mayBeTakenBack(in folder: String) -> Bool { mayBeThere("\(folder)/\(fileName)") }

    /// Whether there is one of either kind.
    static func isThere(in folder: String) -> Bool {
        mayBeTakenBack(in: folder) || mayBeThere("\(folder)/\(finishedName)")
    }

    private static func mayBeThere(_ path: String) -> Bool {
        do throws(SystemCallError) { return try FileStatus.of(path) != nil } catch { return true }
    }

    /// Nothing in the folder is needed any more.
    static func remove(in folder: String) throws(SystemCallError) {
        for name in [fileName, finishedName] { try Files.remove("\(folder)/\(name)") }
    }

    private static func read(_ path: String) throws(SystemCallError) -> DeltaJournal? {
        let bytes = try Files.readIfPresent(path, limit: 256 << 20)
        return bytes.flatMap { try? DeltaJournal(json: $0) }
    }

    // MARK: Backwards

    /// Makes everything as it was before, and removes the journal last.
    ///
    /// May be done any number of times.
    func takeBack(from folder: String) throws(SystemCallError) {
        let workspace = try Workspace(workspace)
        let replaced = replaced ?? []
        for touched in touched where touched.saved == nil { try workspace.remove(touched.path) }
        for one in replaced where one.isFolder { try workspace.remove(one.path) }
        for path in folders.reversed() { workspace.removeFolder(path) }
        for one in replaced {
            if one.isFolder {
                let saved = "\(folder)/\(one.saved)"
                if try FileStatus.of(saved) != nil { try workspace.moveIn(saved, to: one.path) }
            } else if try workspace.status(one.path) == .folder {
                // Somebody else has put something into the new folder.
                try workspace.moveOut(one.path, to: try place(for: one.path))
            }
        }
        for touched in touched {
            if let saved = touched.saved { try workspace.put("\(folder)/\(saved)", at: touched.path) }
        }
        try workspace.synchronize()
        try Self.remove(in: folder)
    }

    /// Takes back an upload that failed; the answer is what to tell of it.
    func takeBack(from folder: String, after error: DeltaError) -> DeltaError {
        do throws(SystemCallError) { try takeBack(from: folder) } catch {
            return .unsettled("the upload failed, and", error.explanation)
        }
        return error
    }

    // MARK: Forwards

    /// Nothing is taken back any more; what was replaced and not deleted is kept aside.
    ///
    /// May be done any number of times. The answer is where it is kept, nil when there is nothing.
    func finish(in folder: String) throws(SystemCallError) -> String? {
        if try FileStatus.of("\(folder)/\(Self.fileName)") != nil {
            try Files.rename("\(folder)/\(Self.fileName)", to: "\(folder)/\(Self.finishedName)")
        }
        var isKept = false
        for one in replaced ?? [] {
            let saved = "\(folder)/\(one.saved)"
            if one.isFolder {
                for path in one.gone { try Files.remove("\(saved)/\(path.below(one.path))") }
                try Self.removeEmpty(saved)
            } else if !one.gone.isEmpty {
                continue
            }
            guard try FileStatus.of(saved) != nil else { continue }
            try Files.renameIfAbsent(saved, to: try place(for: one.path))
            isKept = true
        }
        return isKept ? aside : nil
    }

    /// A free place aside, its folder made.
    private func place(for path: DeltaPath) throws(SystemCallError) -> String {
        let aside = aside ?? "\(workspace).delta-aside"
        try Folders.make(path.folder.map { "\(aside)/\($0)" } ?? aside, mode: 0o700)
        return "\(aside)/\(path)"
    }

    /// Removes folders in which no file is left; one with anything in it stays.
    private static func removeEmpty(_ path: String) throws(SystemCallError) {
        guard try FileStatus.of(path)?.kind == .folder else { return }
        for name in try Folders.names(in: path) { try removeEmpty("\(path)/\(name)") }
        rmdir(path)
    }
}
