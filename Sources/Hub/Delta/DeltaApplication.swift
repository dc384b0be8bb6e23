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

    /// Looks at everything first, writes the journal, and then changes the workspace.
    ///
    /// Blocks. What fails on the way is taken back before this throws; after a sudden death the next start does that.
    func run() throws(DeltaError) -> Counts {
        let journal = try prepare()
        do throws(DeltaError) {
            let counts = try carryOut(journal)
            try onDisk { () throws(SystemCallError) in try Workspace(workspace).synchronize() }
            return counts
        } catch {
            try onDisk { () throws(SystemCallError) in try journal.takeBack(from: folder) }
            throw error
        }
    }

    // MARK: Looking

    private func prepare() throws(DeltaError) -> DeltaJournal {
        let targets = Set(operations.filter { !$0.isSkipped && $0.kind != .deleted }.map(\.path))
        var touched: [String: DeltaJournal.Touched] = [:]
        var folders: Set<String> = []
        let open = try onDisk { () throws(SystemCallError) in try Workspace(workspace) }
        for operation in operations where !operation.isSkipped {
            for path in [operation.path, operation.source].compactMap({ $0 }) where touched[path] == nil {
                let saved = try look(at: path, in: open, number: touched.count)
                touched[path] = DeltaJournal.Touched(path: path, saved: saved)
            }
            guard operation.kind != .deleted else { continue }
            for folder in Self.folders(above: operation.path) {
                // Two files of one bundle, one of which would have to be the other's folder.
                if targets.contains(folder) { throw .refused("\"\(folder)\" would be a file and a folder") }
                switch try kind(of: folder, in: open) {
                case .folder: break
                case nil: folders.insert(folder)
                default: throw .refused("\"\(folder)\", on the way to \"\(operation.path)\", is no folder")
                }
            }
        }
        let journal = DeltaJournal(
            workspace: workspace, name: Files.name(of: folder), touched: touched.values.sorted { $0.path < $1.path },
            folders: folders.sorted())
        try onDisk { () throws(SystemCallError) in try journal.write(in: folder) }
        return journal
    }

    /// Keeps what lies at a path; nil when nothing does.
    private func look(at path: String, in open: borrowing Workspace, number: Int) throws(DeltaError) -> String? {
        switch try kind(of: path, in: open) {
        case nil: return nil
        case .file:
            let name = "old-\(number)"
            let copy = "\(folder)/\(name)"
            do throws(SystemCallError) { try open.save(path, as: copy) } catch { throw DeltaError(error) }
            return name
        case .folder: throw .refused("\"\(path)\" is a folder")
        case .link, .other: throw .refused("\"\(path)\" is no file")
        }
    }

    private func kind(of path: String, in open: borrowing Workspace) throws(DeltaError) -> FileStatus.Kind? {
        do throws(SystemCallError) { return try open.status(path) } catch {
            // ENOTDIR, ELOOP, EXDEV: a file or a link on the way.
            throw [20, 40, 18].contains(error.code)
                ? .refused("the way to \"\(path)\" leads through a link, or what is no folder") : DeltaError(error)
        }
    }

    private static func folders(above path: String) -> [String] {
        let parts = path.split(separator: "/").dropLast()
        return parts.indices.map { parts[...$0].joined(separator: "/") }
    }

    // MARK: Changing

    private func carryOut(_ journal: DeltaJournal) throws(DeltaError) -> Counts {
        var counts = Counts()
        let open = try onDisk { () throws(SystemCallError) in try Workspace(workspace) }
        for path in journal.folders { try change { () throws(SystemCallError) in try open.makeFolder(path) } }
        for operation in operations {
            guard let kind = operation.kind, !operation.isSkipped else {
                counts.skipped += 1
                continue
            }
            switch kind {
            case .created, .updated:
                guard let payload = operation.payload else { continue }
                try change { () throws(SystemCallError) in try open.put(payload, at: operation.path) }
                if kind == .created { counts.created += 1 } else { counts.updated += 1 }
            case .deleted:
                try change { () throws(SystemCallError) in try open.remove(operation.path) }
                counts.deleted += 1
            case .moved:
                try move(operation, in: open)
                counts.moved += 1
            }
        }
        return counts
    }

    private func move(_ operation: DeltaOperation, in open: borrowing Workspace) throws(DeltaError) {
        if let source = operation.source, try kind(of: source, in: open) == .file {
            do throws(SystemCallError) { return try open.move(source, to: operation.path) } catch {
                throw DeltaError(error)
            }
        }
        guard let payload = operation.payload else {
            throw .refused("\"\(operation.path)\" is moved from \"\(operation.source ?? "")\", which is not there")
        }
        do throws(SystemCallError) { try open.put(payload, at: operation.path) } catch { throw DeltaError(error) }
    }

    private func change(_ body: () throws(SystemCallError) -> Void) throws(DeltaError) {
        try onDisk { () throws(SystemCallError) in try body() }
    }
}
