internal import Glibc
internal import Platform

/// What a bundle makes of a workspace, reckoned from all of its operations before the first change.
///
/// They are reckoned in their order; what counts is how each path ends. So a folder may become a file, or a file a folder,
/// wherever in the bundle the deletions stand.
final class DeltaPlan {
    private enum Ending {
        case gone
        /// The content's file, outside of the workspace.
        case file(String)
    }

    /// How many of each kind there were.
    private(set) var counts = DeltaApplication.Counts()
    private let workspace: Workspace
    /// The journal's folder.
    private let folder: String
    private var endings: [DeltaPath: Ending] = [:]
    private var kinds: [DeltaPath: FileStatus.Kind?] = [:]
    private var saved: [DeltaPath: String] = [:]
    private var newFolders: Set<DeltaPath> = []
    private var replacedFiles: Set<DeltaPath> = []
    private var replacedFolders: Set<DeltaPath> = []

    /// Reckons, and keeps every file that will be changed; the workspace itself stays as it is.
    ///
    /// Blocks.
    static func of(
        _ operations: [DeltaOperation], in workspace: String, keepingIn folder: String
    ) throws(DeltaError) -> DeltaPlan {
        let open = try onDisk { () throws(SystemCallError) in try Workspace(workspace) }
        let plan = DeltaPlan(open, folder)
        for operation in operations { try plan.reckon(operation) }
        for (path, ending) in plan.endings {
            switch ending {
            case .file: try plan.checkPlace(path)
            case .gone: if try plan.kind(path) == .file { _ = try plan.save(path) }
            }
        }
        return plan
    }

    private init(_ workspace: consuming Workspace, _ folder: String) {
        self.workspace = workspace
        self.folder = folder
    }

    // MARK: What comes of it

    /// The files to write, each with the file that holds its content.
    var files: [(path: DeltaPath, content: String)] {
        endings.compactMap { path, ending in
            if case .file(let content) = ending { (path, content) } else { nil }
        }.sorted { $0.path < $1.path }
    }

    /// The files to remove, those in folders that go whole not among them.
    var removals: [DeltaPath] {
        gone.filter { path in saved[path] != nil && !path.folders.contains(where: replacedFolders.contains) }
            + replacedFiles.filter { endings[$0] == nil }
    }

    /// What is to be written down before the first change.
    func journal(workspace: String, aside: String) -> DeltaJournal {
        let new = files.map(\.path).filter { saved[$0] == nil && !replacedFolders.contains($0) }
        var touched = new.map { DeltaJournal.Touched(path: $0, saved: nil) }
        touched += saved.map { DeltaJournal.Touched(path: $0.key, saved: $0.value) }
        var goneWithin: [DeltaPath: [DeltaPath]] = [:]
        for path in gone {
            for folder in path.folders where replacedFolders.contains(folder) {
                goneWithin[folder, default: []].append(path)
            }
        }
        var replaced = replacedFolders.sorted().enumerated().map { number, path in
            DeltaJournal.Replaced(path: path, saved: "folder-\(number)", isFolder: true, gone: goneWithin[path] ?? [])
        }
        replaced += replacedFiles.sorted().map { path in
            DeltaJournal.Replaced(
                path: path, saved: saved[path] ?? "", isFolder: false, gone: endings[path] == nil ? [] : [path])
        }
        return DeltaJournal(
            workspace: workspace, name: Files.name(of: folder), touched: touched.sorted { $0.path < $1.path },
            folders: newFolders.sorted(), replaced: replaced, aside: aside)
    }

    private var gone: [DeltaPath] {
        endings.compactMap { path, ending in if case .gone = ending { path } else { nil } }
    }

    // MARK: Operations

    private func reckon(_ operation: DeltaOperation) throws(DeltaError) {
        guard let kind = operation.kind, let path = operation.path else {
            counts.skipped += 1
            return
        }
        switch kind {
        case .created, .updated:
            if let payload = operation.payload { endings[path] = .file(payload) }
            if kind == .created { counts.created += 1 } else { counts.updated += 1 }
        case .deleted:
            // A client deletes files: a folder of that name is another thing, and the file is gone.
            if try content(of: path) != nil { endings[path] = .gone }
            counts.deleted += 1
        case .moved:
            try move(operation, to: path)
            counts.moved += 1
        }
    }

    private func move(_ operation: DeltaOperation, to path: DeltaPath) throws(DeltaError) {
        if let source = operation.source, let content = try content(of: source) {
            endings[source] = .gone
            endings[path] = .file(content)
        } else if let payload = operation.payload {
            endings[path] = .file(payload)
        } else {
            throw .refused("\"\(path)\" is moved from \"\(operation.source?.text ?? "")\", which is not there")
        }
    }

    /// Where a file's content lies at this point of the bundle; nil when there is no file.
    private func content(of path: DeltaPath) throws(DeltaError) -> String? {
        switch endings[path] {
        case .file(let content): return content
        case .gone: return nil
        case nil:
            switch try kind(path) {
            case .file: return try save(path)
            case nil, .folder: return nil
            case .link, .other: throw .refused("\"\(path)\" is no file")
            }
        }
    }

    // MARK: Places

    /// Looks at a path that will be a file, and at the way to it.
    private func checkPlace(_ path: DeltaPath) throws(DeltaError) {
        for folder in path.folders {
            // Two files of one bundle, one of which would have to be the other's folder.
            if case .file = endings[folder] { throw .refused("\"\(folder)\" would be a file and a folder") }
            switch try kind(folder) {
            case .folder: break
            case nil: newFolders.insert(folder)
            case .file:
                _ = try save(folder)
                replacedFiles.insert(folder)
                newFolders.insert(folder)
            case .link, .other: throw .refused("\"\(folder)\", on the way to \"\(path)\", is no folder")
            }
        }
        switch try kind(path) {
        case nil: break
        case .file: _ = try save(path)
        case .folder: replacedFolders.insert(path)
        case .link, .other: throw .refused("\"\(path)\" is no file")
        }
    }

    /// What lies there now.
    private func kind(_ path: DeltaPath) throws(DeltaError) -> FileStatus.Kind? {
        if let known = kinds[path] { return known }
        do throws(SystemCallError) {
            let kind = try workspace.status(path)
            kinds.updateValue(kind, forKey: path)
            return kind
        } catch {
            throw error.code == ELOOP || error.code == EXDEV
                ? .refused("the way to \"\(path)\" leads through a link") : DeltaError(error)
        }
    }

    /// Keeps a file in the journal's folder.
    private func save(_ path: DeltaPath) throws(DeltaError) -> String {
        let name = saved[path] ?? "old-\(saved.count)"
        let copy = "\(folder)/\(name)"
        guard saved[path] == nil else { return copy }
        do throws(SystemCallError) { try workspace.save(path, as: copy) } catch { throw DeltaError(error) }
        saved[path] = name
        return copy
    }
}
