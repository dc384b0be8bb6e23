import Archives
import Bundles
import Engine
import HostConfig
import Platform
import Transfer

/// One folder of data: what is there stays; else the newest whole backup beside it, else the archive.
struct DataHydration: Step {
    let id: StepID
    let phase = Phase.install
    let needs: Set<StepID>
    private let entry: DataEntry
    private let host: Host
    private let files: FileSet

    init(_ entry: DataEntry, _ host: Host) {
        id = StepID("data-\(entry.name)")
        self.entry = entry
        self.host = host
        files = FileSet(entry.files, in: entry.path)
        needs = Set(["layout"] + host.mountSteps(for: entry.path))
    }

    var isOptional: Bool { entry.onFailure == .empty }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        try await onDisk { [files] () throws(SystemCallError) in
            let missing = try files.missing()
            let isHalfMoved = try files.isHalfMoved()
            guard !missing.isEmpty || isHalfMoved else { return [] }
            let isThere = try FileStatus.of(files.folder) != nil
            let found = missing.isEmpty ? "half moved in" : "\(missing.joined(separator: ", ")) missing"
            return (isThere ? [] : [Difference(files.folder, found: "absent", wanted: "folder")])
                + [Difference(files.folder, found: found, wanted: "\(files.names.count) files of data")]
        }
    }

    func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        let folders = Ownership.folders(above: files.folder).map { OwnedThing(.folder, $0) }
        return try await Ownership.look(folders + [OwnedThing(.data, files.folder)], context, host.others)
    }

    func wants(_ thing: OwnedThing) -> Bool {
        switch thing.kind {
        case .data: thing.name == files.folder
        case .folder: Ownership.folders(above: files.folder).contains(thing.name)
        default: false
        }
    }

    func preview(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        var found = try await inspect(context)
        guard let difference = found.popLast() else { return [] }
        let files = files
        if let tag = try await onDisk({ () throws(SystemCallError) in try files.newestBackup() }) {
            return found + [
                Difference(
                    difference.what, found: difference.found, wanted: difference.wanted,
                    detail: "copy the backup \(tag)")
            ]
        }
        let source = try await source()
        return found + [await host.previewed(difference, source.urls[0], source.access)]
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let claim = try await claim(context)
        defer { _ = consume claim }
        // Who had the folder before may have filled it.
        if try await inspect(context).isEmpty { return }
        do throws(StepFailure) { try await fill(context) } catch {
            guard entry.onFailure == .empty, error.kind != .cancelled, !Task.isCancelled else { throw error }
            context.lacks(lacking(error.explanation), of: [files.folder])
        }
    }

    /// The services start without the files, as the config says; each run tries again.
    private func lacking(_ reason: Explanation) -> Explanation {
        Explanation(
            "its data did not come: \(reason.summary)", at: files.folder,
            hint: "for the next run, which tries again: \(reason.hint)")
    }

    private func fill(_ context: StepContext) async throws(StepFailure) {
        let hydration = Hydration(files)
        if let origin = try await asBundle({ () throws(BundleError) in
            try await hydration.fillFromHere { context.warn($0) }
        }) {
            if case .backup(let tag) = origin { context.progress("restored the backup \(tag)") }
            return context.remember("source", origin.description)
        }
        let source = try await source()
        // The folder itself keeps the download, so that whoever claims it next goes on with it.
        let fetcher = ArchiveFetcher(Downloader(tls: host.tls, policy: .hydration), downloads: host.layout.downloads)
        try await asBundle { () throws(BundleError) in
            try await hydration.fill(from: source, by: fetcher, limits: entry.limits) { context.tell($0) }
        }
        context.remember("source", entry.url.description)
    }

    private func source() async throws(StepFailure) -> ArchiveSource {
        var secret: String?
        if let authorization = entry.authorization { secret = try await host.reveal(authorization) }
        do throws(TransferError) { return try entry.source(secret) } catch { throw StepFailure(error) }
    }

    /// The right to fill the folder; waits for another process that has it.
    private func claim(_ context: StepContext) async throws(StepFailure) -> Hydration.Claim {
        try await host.makeFolder(files.folder, mode: 0o755)
        return try await asBundle { () throws(BundleError) in
            try await Hydration(files).claim {
                context.progress("waiting for another process that fills \(files.folder)")
            }
        }
    }
}
