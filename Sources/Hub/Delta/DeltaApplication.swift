internal import Platform

/// Carries a bundle's operations out, all or none.
struct DeltaApplication {
    /// How many of each kind there were.
    struct Counts {
        var created = 0, updated = 0, deleted = 0, moved = 0, skipped = 0
    }

    let workspace: String
    let operations: [DeltaOperation]
    /// The journal's folder, on the workspace's file system; the caller's to remove.
    let folder: String
    /// Where to keep what was replaced and not deleted.
    let aside: String

    /// Looks at everything first, writes the journal, and then changes the workspace.
    ///
    /// Blocks. What fails on the way is taken back before this throws; after a sudden death, or where the disk refuses
    /// that too, the journal stays, for the next start or upload to take it back.
    func run() throws(DeltaError) -> (counts: Counts, journal: DeltaJournal) {
        let plan = try DeltaPlan.of(operations, in: workspace, keepingIn: folder)
        let journal = plan.journal(workspace: workspace, aside: aside)
        try onDisk { () throws(SystemCallError) in try journal.write(in: folder) }
        do throws(SystemCallError) { try carryOut(plan, journal) } catch {
            throw journal.takeBack(from: folder, after: DeltaError(error))
        }
        return (plan.counts, journal)
    }

    private func carryOut(_ plan: DeltaPlan, _ journal: DeltaJournal) throws(SystemCallError) {
        let open = try Workspace(workspace)
        for one in journal.replaced ?? [] where one.isFolder {
            try open.moveOut(one.path, to: "\(folder)/\(one.saved)")
        }
        for path in plan.removals { try open.remove(path) }
        for path in journal.folders { try open.makeFolder(path) }
        for file in plan.files { try open.put(file.content, at: file.path) }
        try open.synchronize()
    }
}
