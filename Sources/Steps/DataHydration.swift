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
        let mount = host.configuration.btrfs?.mountPoint
        let liesInImage = mount.map { entry.path.hasSameBytes(as: $0) || entry.path.hasFirstBytes("\($0)/") } ?? false
        needs = liesInImage ? ["layout", "btrfs-image"] : ["layout"]
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

    func possessions(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        let folders = Possessions.folders(above: files.folder).map { OwnedThing(.folder, $0) }
        return try await Possessions.look(folders + [OwnedThing(.data, files.folder)], context, host.others)
    }

    func wants(_ thing: OwnedThing) -> Bool {
        switch thing.kind {
        case .data: thing.name == files.folder
        case .folder: Possessions.folders(above: files.folder).contains(thing.name)
        default: false
        }
    }

    func foresee(_ context: StepContext) async throws(StepFailure) -> [Difference] {
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
        return found + [await host.foreseen(difference, source.urls[0], source.access)]
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let claim = try await claim(context)
        defer { _ = consume claim }
        // Who had the folder before may have filled it.
        if try await inspect(context).isEmpty { return }
        do throws(StepFailure) { try await fill(context) } catch {
            guard entry.onFailure == .empty, error.kind != .cancelled, !Task.isCancelled else { throw error }
            context.lacks(lacking(error.explanation), of: files.folder)
        }
    }

    /// The services start without the files, as the config says; each run tries again.
    private func lacking(_ reason: Explanation) -> Explanation {
        Explanation(
            "its data did not come: \(reason.summary)", at: files.folder,
            hint: "for the next run, which tries again: \(reason.hint)")
    }

    private func fill(_ context: StepContext) async throws(StepFailure) {
        let files = files
        let conflicts = try await onDisk { () throws(SystemCallError) in try files.conflicts() }
        guard conflicts.isEmpty else {
            throw StepFailure(
                Explanation(
                    "\(conflicts.joined(separator: ", ")) came there while the set was being moved in",
                    at: files.folder,
                    hint: "files that are there are never replaced: move them away to have the set, "
                        + "or remove \(files.ready) to keep them"))
        }
        try await onDisk { () throws(SystemCallError) in try files.finish() }
        let missing = try await onDisk { () throws(SystemCallError) in try files.missing() }
        if missing.isEmpty { return context.remember("source", "an earlier run") }
        guard missing.count == files.names.count else {
            throw StepFailure(
                Explanation(
                    "\(missing.joined(separator: ", ")) is missing, and the other files of the set are there",
                    at: files.folder,
                    hint: "files that are there are never replaced: move them away to have the whole set filled in"))
        }
        let tag = try await onDisk { () throws(SystemCallError) in
            try files.restoreNewestBackup { context.warn($0) }
        }
        if let tag {
            context.progress("restored the backup \(tag)")
            return context.remember("source", "backup \(tag)")
        }
        try await fetch(context)
        context.remember("source", entry.url.description)
    }

    private func fetch(_ context: StepContext) async throws(StepFailure) {
        var limits = Unpacker.Limits()
        limits.bytes = Int64(entry.maxUnpackedBytes)
        let source = try await source()
        // The folder itself keeps the download, so that whoever claims it next goes on with it.
        let fetcher = ArchiveFetcher(Downloader(tls: host.tls, policy: .hydration), downloads: host.layout.downloads)
        try await asBundle { () throws(BundleError) in
            try await ArchiveInstall(fetcher, source, limits: limits).fill(files) { context.tell($0) }
        }
    }

    private func source() async throws(StepFailure) -> ArchiveSource {
        var secret: String?
        if let authorization = entry.authorization { secret = try await host.reveal(authorization) }
        do throws(TransferError) {
            let url = try SourceURL(entry.url.text)
            let checksums = try entry.checksumURL.map { (address) throws(TransferError) in try SourceURL(address.text) }
            var source = ArchiveSource(url, entry.digest.map { .digest($0) } ?? .sidecar(checksums))
            source.size = entry.size.map(Int64.init)
            if let secret { source.access = try Access(secret, for: url) }
            return source
        } catch {
            throw StepFailure(error)
        }
    }

    /// The right to fill the folder; waits for another process that has it.
    private func claim(_ context: StepContext) async throws(StepFailure) -> Claim {
        let files = files
        try await host.makeFolder(files.folder, mode: 0o755)
        var told = false
        while true {
            let claim = try await onDisk { () throws(SystemCallError) -> Claim? in
                guard let file = try files.claim() else { return nil }
                return Claim(file)
            }
            if let claim { return claim }
            if !told { context.progress("waiting for another process that fills \(files.folder)") }
            told = true
            do { try await Task.sleep(for: .milliseconds(200)) } catch {
                throw StepFailure(.cancelled, Explanation("stopped while waiting", at: files.folder, hint: "run again"))
            }
        }
    }
}

/// Holds a claim as long as somebody refers to it.
private final class Claim: Sendable {
    private let file: Descriptor
    init(_ file: consuming Descriptor) { self.file = file }
}
