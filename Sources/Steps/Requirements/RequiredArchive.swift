import Archives
import Bundles
import Digests
import Engine
import Platform
import Transfer

/// A folder that is filled from an archive when it is missing; its content is its owner's from then on.
struct RequiredArchive: PlacedRequirement {
    let placement: Placement
    let url: SourceURL
    let digest: Digest
    let size: Int64?
    /// The files that are taken from it; nil: the folder is all of it.
    let files: FileSet?
    let limits: Unpacker.Limits
    let host: Host

    var ownedThings: [OwnedThing] { [OwnedThing(.data, path, content: Self.mark)] }
    /// A transfer has limits of its own, and the step has one for all.
    var ownTime: Duration? { .seconds(86_400) }

    func difference(_ context: StepContext) async throws(StepFailure) -> Difference? {
        let (placement, files) = (placement, files)
        return try await onDisk { () throws(SystemCallError) in
            guard let status = try FileStatus.of(placement.path, followingLink: true) else {
                return Difference(placement.path, found: "absent", wanted: "filled from an archive")
            }
            // The mode is its owner's, as what is in it.
            guard status.kind == .folder, status.owner == placement.user else { return try placement.difference() }
            guard let files else { return nil }
            let missing = try files.missing()
            let isHalfMoved = try files.isHalfMoved()
            guard !missing.isEmpty || isHalfMoved else { return nil }
            let found = missing.isEmpty ? "half moved in" : "\(missing.joined(separator: ", ")) missing"
            return Difference(placement.path, found: found, wanted: "\(files.names.count) files of an archive")
        }
    }

    func preview(_ context: StepContext) async throws(StepFailure) -> Difference? {
        guard let difference = try await difference(context) else { return nil }
        return await host.previewed(difference, url)
    }

    func meet(_ context: StepContext) async throws(StepFailure) {
        try await refuseObstacle()
        var source = ArchiveSource(url, .digest(digest))
        source.size = size
        let fetcher = ArchiveFetcher(Downloader(tls: host.tls, policy: .hydration), downloads: host.layout.downloads)
        guard let files else {
            try await host.makeFolder(Files.folder(of: path), mode: 0o755)
            return try await asBundle { () throws(BundleError) in
                try await ArchiveInstall(fetcher, source, limits: limits).appear(at: path) { context.tell($0) }
            }
        }
        try await host.makeFolder(path, mode: placement.mode)
        let hydration = Hydration(files)
        let claim = try await asBundle { () throws(BundleError) in
            try await hydration.claim { context.progress("waiting for another process that fills \(path)") }
        }
        defer { _ = consume claim }
        try await asBundle { () throws(BundleError) in
            if try await hydration.fillFromHere({ context.warn($0) }) != nil { return }
            try await hydration.fill(from: source, by: fetcher, limits: limits) { context.tell($0) }
        }
    }
}
