internal import Database
internal import Platform
internal import Synchronization

/// Settles uploads that ended neither way: the run died, or the disk refused to finish one or to take it back.
///
/// Each lies in a folder with its journal. While that may still be taken back, its workspace takes no other upload: the
/// older content would come over the newer.
final class DeltaRecovery: Sendable {
    private let root: String
    private let store: HubStore
    private let onWarning: @Sendable (String) -> Void
    /// Where they lie, and what place each is of.
    private let unsettled = Monitor<[String: DeltaPath]>([:])

    /// `root` is the folder of all workspaces.
    init(root: String, store: HubStore, onWarning: @escaping @Sendable (String) -> Void) {
        self.root = root
        self.store = store
        self.onWarning = onWarning
    }

    /// Settles what an earlier run left; what the disk refuses is kept, and told of.
    ///
    /// Blocks.
    func recover(_ work: String) throws(HubError) {
        let journal = try Self.onDisk { () throws(SystemCallError) in try DeltaJournal.latest(in: work) }
        do throws(HubError) { try settle(journal, in: work) } catch {
            // The database would say whether it was carried through: without, nothing may be taken back.
            guard case .system(let failure) = error else { throw error }
            if let journal {
                guard let place = place(of: journal) else { throw error }
                if DeltaJournal.mayBeTakenBack(in: work) { unsettled.change { $0[work] = place } }
            }
            warn(of: work, failure.explanation)
        }
    }

    private func warn(of work: String, _ reason: Explanation) {
        onWarning("what is left of an earlier upload is kept in \(work): \(reason.summary)")
    }

    /// Settles what has to be before another upload comes to this place.
    ///
    /// Blocks. Throws as long as the disk refuses.
    func settle(before place: DeltaPath) throws(DeltaError) {
        try unsettled.change { unsettled throws(DeltaError) in
            for (work, other) in unsettled where other.overlaps(place) {
                do throws(HubError) {
                    let journal = try Self.onDisk { () throws(SystemCallError) in try DeltaJournal.latest(in: work) }
                    try settle(journal, in: work)
                } catch {
                    guard !DeltaJournal.mayBeTakenBack(in: work) else {
                        throw .unsettled("an earlier upload", error.explanation)
                    }
                    warn(of: work, error.explanation)
                }
                unsettled[work] = nil
            }
        }
    }

    /// Keeps an upload that could not be finished or taken back.
    func keep(_ work: String, of place: DeltaPath) {
        guard DeltaJournal.mayBeTakenBack(in: work) else { return }
        unsettled.change { $0[work] = place }
        onWarning(
            "an upload of the workspace \"\(place)\" could be neither finished nor taken back, and is kept in \(work): "
                + "no other one is taken until the disk allows that")
    }

    private func settle(_ journal: DeltaJournal?, in work: String) throws(HubError) {
        if let journal {
            let isRecorded = try isRecorded(journal, in: work)
            try Self.onDisk { () throws(SystemCallError) in
                if isRecorded {
                    _ = try journal.finish(in: work)
                } else if try FileStatus.of(journal.workspace) == nil, place(of: journal) != nil {
                    // Somebody has removed the workspace: there is nothing to take back.
                    try DeltaJournal.remove(in: work)
                } else {
                    try journal.takeBack(from: work)
                }
            }
        }
        try Self.onDisk { () throws(SystemCallError) in try Folders.removeTree(work) }
    }

    private func isRecorded(_ journal: DeltaJournal, in work: String) throws(HubError) -> Bool {
        if try Self.onDisk({ () throws(SystemCallError) in try DeltaJournal.isFinished(in: work) }) { return true }
        do throws(DatabaseError) { return try store.deltaWorkspace(journal.workspace)?.journal == journal.name } catch {
            throw .database(error)
        }
    }

    /// Nil for one that does not lie beneath the root, as it is now.
    private func place(of journal: DeltaJournal) -> DeltaPath? {
        guard journal.workspace.hasFirstBytes("\(root)/") else { return nil }
        return try? DeltaPath(String(decoding: journal.workspace.utf8.dropFirst(root.utf8.count + 1), as: UTF8.self))
    }

    private static func onDisk<Value>(_ body: () throws(SystemCallError) -> Value) throws(HubError) -> Value {
        do throws(SystemCallError) { return try body() } catch { throw .system(error) }
    }
}
