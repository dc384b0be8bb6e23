internal import Database
internal import Platform
internal import Synchronization

/// Takes deltas of workspaces, one at a time for each and what lies beneath it.
final class DeltaService: Sendable {
    /// What an upload asks for.
    struct Upload: Sendable {
        let workspace: String
        let collection: String?
        let sequence: Int64?
        let force: Bool
        let file: String
    }

    /// What became of it.
    struct Outcome {
        let bundleID: String
        let sequence: Int64
        let counts: DeltaApplication.Counts
        let collection: String
        /// Where that is kept which a file or folder took the place of, and which the bundle did not delete.
        let aside: String?
    }

    let settings: DeltaSettings
    private let store: HubStore
    private let recovery: DeltaRecovery
    private let busy = Monitor<Set<DeltaPath>>([])

    /// Journals and uploads lie beside the workspaces, so that files can be moved between them.
    var folder: String { "\(settings.root)/.delta" }

    /// Makes the folders, and takes back what a run that died had begun.
    ///
    /// `onWarning` is told, from any thread, of what the disk lets neither be finished nor taken back.
    init(
        _ settings: DeltaSettings, store: HubStore, onWarning: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(HubError) {
        self.settings = settings
        self.store = store
        recovery = DeltaRecovery(root: settings.root, store: store, onWarning: onWarning)
        let left: [String]
        do throws(SystemCallError) {
            try Folders.make(settings.root, mode: 0o755)
            try Folders.make(folder, mode: 0o700)
            left = try Folders.names(in: folder)
        } catch { throw .system(error) }
        for name in left { try recovery.recover("\(folder)/\(name)") }
    }

    // MARK: Workspaces

    /// The folder that a client's path means.
    func workspace(_ path: String) throws(DeltaError) -> String { try settings.workspace(path) }

    /// The folder that a client's path means, which is there or may be made.
    ///
    /// Blocks.
    func possibleWorkspace(_ path: String) throws(DeltaError) -> String {
        let place = try settings.place(of: path)
        try walk(to: place, making: false)
        return "\(settings.root)/\(place)"
    }

    // MARK: Uploads

    /// Checks and applies one upload.
    ///
    /// Blocks, while another one of the same workspace, or one above or beneath it, is at work too.
    func apply(_ upload: Upload) throws(DeltaError) -> Outcome {
        let place = try settings.place(of: upload.workspace)
        busy.wait { busy -> Void? in
            guard !busy.contains(where: place.overlaps) else { return nil }
            busy.insert(place)
            return ()
        }
        defer { busy.change { _ = $0.remove(place) } }
        return try apply(upload, to: place)
    }

    private func apply(_ upload: Upload, to place: DeltaPath) throws(DeltaError) -> Outcome {
        try recovery.settle(before: place)
        let workspace = "\(settings.root)/\(place)"
        let work = try onDisk { () throws(SystemCallError) in try Folders.makeTemporary(prefix: "\(folder)/apply-") }
        defer {
            // The only copies of what was replaced may lie there.
            if DeltaJournal.isThere(in: work) {
                recovery.keep(work, of: place)
            } else {
                try? Folders.removeTree(work)
            }
        }
        let unpacked = "\(work)/unpacked"
        try onDisk { () throws(SystemCallError) in try Folders.make(unpacked, mode: 0o700) }
        let most = Int64(settings.mostMegabytes) << 20
        let bundle = try DeltaBundle.read(upload.file, into: unpacked, most: most * 20)
        let last = try inDatabase { () throws(DatabaseError) in try store.deltaWorkspace(workspace) }?.lastSequence ?? 0
        let sequence = upload.sequence ?? bundle.manifest.sequence ?? last + 1
        guard upload.force || sequence == last + 1 else { throw .sequence(expected: last + 1, received: sequence) }
        try walk(to: place, making: true)
        let application = DeltaApplication(
            workspace: workspace, operations: bundle.operations, folder: work,
            aside: "\(settings.root)/.delta-aside/\(place)/\(Timestamp.now().rfc3339)")
        let (counts, journal) = try application.run()
        let collection = upload.collection ?? settings.collection
        do throws(DeltaError) {
            let record = HubStore.DeltaWorkspace(
                collection: collection, lastSequence: sequence, lastUpload: .now(), journal: Files.name(of: work))
            try inDatabase { () throws(DatabaseError) in try store.record(record, at: workspace) }
        } catch {
            // Applied and not known to be would be applied a second time.
            throw journal.takeBack(from: work, after: error)
        }
        // What cannot be kept aside now stays where it is until the next start.
        let aside: String?
        do throws(SystemCallError) {
            aside = try journal.finish(in: work)
            try? DeltaJournal.remove(in: work)
        } catch {
            aside = (journal.replaced ?? []).isEmpty ? nil : work
        }
        return Outcome(
            bundleID: bundle.manifest.bundleID, sequence: sequence, counts: counts, collection: collection,
            aside: aside)
    }

    /// No link may stand where a workspace is, or on the way to it: nothing is made through one.
    private func walk(to place: DeltaPath, making: Bool) throws(DeltaError) {
        let root = try onDisk { () throws(SystemCallError) in try Workspace(settings.root) }
        for path in place.folders + [place] {
            let kind: FileStatus.Kind?
            do throws(SystemCallError) { kind = try root.status(path) } catch { kind = .other }
            switch kind {
            case .folder: continue
            case nil where !making: return
            case nil:
                do throws(SystemCallError) { try root.makeFolder(path) } catch { throw DeltaError(error) }
            default:
                throw .refused("the way to the workspace \"\(place)\" leads through a link, or what is no folder")
            }
        }
    }

    private func inDatabase<Value>(_ body: () throws(DatabaseError) -> Value) throws(DeltaError) -> Value {
        do throws(DatabaseError) { return try body() } catch { throw .failed(error.explanation) }
    }
}
