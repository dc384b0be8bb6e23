internal import Database
internal import Platform
internal import Synchronization

/// Takes deltas of workspaces, one at a time for each.
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
    }

    let settings: DeltaSettings
    private let store: HubStore
    private let busy = Monitor<Set<String>>([])

    /// Journals and uploads lie beside the workspaces, so that files can be moved between them.
    var folder: String { "\(settings.root)/.delta" }

    /// Makes the folders, and takes back what a run that died had begun.
    init(_ settings: DeltaSettings, store: HubStore) throws(HubError) {
        self.settings = settings
        self.store = store
        do throws(SystemCallError) {
            try Folders.make(settings.root, mode: 0o755)
            try Folders.make(folder, mode: 0o700)
            for name in try Folders.names(in: folder) { try recover("\(folder)/\(name)") }
        } catch { throw .system(error) }
    }

    private func recover(_ path: String) throws(SystemCallError) {
        if let journal = try DeltaJournal.read(in: path) {
            let last = (try? store.deltaWorkspace(journal.workspace)) ?? nil
            if last?.journal != journal.name { try journal.takeBack(from: path) }
        }
        try Folders.removeTree(path)
    }

    // MARK: Workspaces

    /// The folder that a client's path means.
    func workspace(_ path: String) throws(DeltaError) -> String { try settings.workspace(path) }

    /// What is known of a workspace; nil before the first upload.
    func known(_ path: String) throws(DatabaseError) -> HubStore.DeltaWorkspace? {
        guard let workspace = try? workspace(path) else { return nil }
        return try store.deltaWorkspace(workspace)
    }

    // MARK: Uploads

    /// Checks and applies one upload.
    ///
    /// Blocks, while another one of the same workspace is at work too.
    func apply(_ upload: Upload) throws(DeltaError) -> Outcome {
        let workspace = try workspace(upload.workspace)
        busy.wait { $0.insert(workspace).inserted ? () : nil }
        defer { busy.change { _ = $0.remove(workspace) } }
        return try apply(upload, to: workspace)
    }

    private func apply(_ upload: Upload, to workspace: String) throws(DeltaError) -> Outcome {
        let work = try onDisk { () throws(SystemCallError) in try Folders.makeTemporary(prefix: "\(folder)/apply-") }
        defer { try? Folders.removeTree(work) }
        let unpacked = "\(work)/unpacked"
        try onDisk { () throws(SystemCallError) in try Folders.make(unpacked, mode: 0o700) }
        let most = Int64(settings.mostMegabytes) << 20
        let bundle = try DeltaBundle.read(upload.file, into: unpacked, most: most * 20)
        let last = try inDatabase { () throws(DatabaseError) in try store.deltaWorkspace(workspace) }?.lastSequence ?? 0
        let sequence = upload.sequence ?? bundle.manifest.sequence ?? last + 1
        guard upload.force || sequence == last + 1 else { throw .sequence(expected: last + 1, received: sequence) }
        try makeWorkspace(workspace)
        let application = DeltaApplication(workspace: workspace, operations: bundle.operations, folder: work)
        let counts = try application.run()
        let collection = upload.collection ?? settings.collection
        do throws(DeltaError) {
            let record = HubStore.DeltaWorkspace(
                collection: collection, lastSequence: sequence, lastUpload: .now(), journal: Files.name(of: work))
            try inDatabase { () throws(DatabaseError) in try store.record(record, at: workspace) }
        } catch {
            // Applied and not known to be would be applied a second time.
            try onDisk { () throws(SystemCallError) in
                try DeltaJournal.read(in: work)?.takeBack(from: work)
            }
            throw error
        }
        return Outcome(bundleID: bundle.manifest.bundleID, sequence: sequence, counts: counts, collection: collection)
    }

    /// No link may stand where a workspace is, or on the way to it: nothing is made through one.
    private func makeWorkspace(_ path: String) throws(DeltaError) {
        let root = try onDisk { () throws(SystemCallError) in try Workspace(settings.root) }
        var inside = ""
        for part in path.dropFirst(settings.root.count + 1).split(separator: "/") {
            inside += inside.isEmpty ? "\(part)" : "/\(part)"
            let kind: FileStatus.Kind?
            do throws(SystemCallError) { kind = try root.status(inside) } catch { kind = .other }
            switch kind {
            case .folder: continue
            case nil:
                do throws(SystemCallError) { try root.makeFolder(inside) } catch { throw DeltaError(error) }
            default:
                throw .refused("the way to the workspace \"\(path)\" leads through a link, or what is no folder")
            }
        }
    }

    private func inDatabase<Value>(_ body: () throws(DatabaseError) -> Value) throws(DeltaError) -> Value {
        do throws(DatabaseError) { return try body() } catch { throw .failed(error.explanation) }
    }
}
